// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import dev.cutover.config.ListenTls;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** TLS towards clients. Certificates are read again when their files have changed; broken ones leave the old in use. */
public final class ServerTls {
    /** The protocol's name in ALPN. */
    public static final String ALPN = "postgresql";

    private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);

    private final ListenTls config;
    private volatile Loaded loaded;

    /** @param endPoint what a SCRAM exchange can be bound to */
    public record Loaded(SslContext context, byte @Nullable [] endPoint, List<FileTime> times) {}

    private ServerTls(ListenTls config, Loaded loaded) {
        this.config = config;
        this.loaded = loaded;
    }

    /** @throws IllegalArgumentException if the files are not what they should be */
    public static ServerTls load(ListenTls config) {
        try {
            return new ServerTls(config, read(config));
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new IllegalArgumentException("listen.tls: " + e.getMessage(), e);
        }
    }

    public boolean required() {
        return config.mode() == ListenTls.Mode.REQUIRED;
    }

    /** For one connection. */
    public Loaded current() {
        Loaded now = loaded;
        try {
            if (!now.times().equals(times(config))) {
                now = read(config);
                loaded = now;
                LOG.info("certificate reloaded: file={}", config.certificate());
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            LOG.warn("certificate not reloaded: file={} reason={}", config.certificate(), e.getMessage());
        }
        return now;
    }

    private static Loaded read(ListenTls config) throws IOException, GeneralSecurityException {
        List<FileTime> times = times(config);
        SslContextBuilder builder = SslContextBuilder.forServer(
                        config.certificate().toFile(), config.key().toFile())
                .sslProvider(TlsProvider.choose())
                .protocols("TLSv1.3", "TLSv1.2")
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ALPN));
        Path clientCa = config.clientCa();
        if (clientCa != null) {
            builder.trustManager(clientCa.toFile()).clientAuth(ClientAuth.REQUIRE);
        }
        try (InputStream in = Files.newInputStream(config.certificate())) {
            X509Certificate own =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
            return new Loaded(builder.build(), ChannelBinding.tlsServerEndPoint(own), times);
        }
    }

    private static List<FileTime> times(ListenTls config) throws IOException {
        List<FileTime> times = new ArrayList<>();
        times.add(Files.getLastModifiedTime(config.certificate()));
        times.add(Files.getLastModifiedTime(config.key()));
        return times;
    }
}
