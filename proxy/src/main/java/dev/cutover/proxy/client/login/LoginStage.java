// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.client.login;

import dev.cutover.config.AdminConfig;
import dev.cutover.config.PoolMode;
import dev.cutover.proxy.auth.ClientLogin;
import dev.cutover.proxy.auth.ClientLogin.Step;
import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.backend.Pool;
import dev.cutover.proxy.backend.PoolKey;
import dev.cutover.proxy.backend.ServerParameters;
import dev.cutover.proxy.client.replication.ReplicationRequest;
import dev.cutover.proxy.client.replication.ReplicationStage;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.session.BackendLease;
import dev.cutover.proxy.session.ClientConnection;
import dev.cutover.proxy.session.IdleSessionTimeout;
import dev.cutover.proxy.session.RouteStatus;
import dev.cutover.proxy.session.SessionContext;
import dev.cutover.proxy.session.shared.CancelKeys;
import dev.cutover.proxy.session.shared.ClientStage;
import dev.cutover.proxy.session.shared.ReadHold;
import dev.cutover.proxy.session.shared.SessionServices;
import dev.cutover.proxy.session.state.SessionSettings;
import dev.cutover.proxy.session.state.StartupSettings;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Outbox;
import dev.cutover.proxy.wire.ProtocolViolation;
import dev.cutover.proxy.wire.StartupPacket;
import dev.cutover.proxy.wire.StartupPacket.Startup;
import dev.cutover.proxy.wire.Strings;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client that has sent its startup message and is not logged in yet (chapter 55.2.1, Start-up): it proves who it is,
 * its tenant is found, and a backend is asked what a server of its tenant reports to it.
 */
public final class LoginStage implements ClientStage {
    private static final byte[] NO_DATA = {};
    /** What drivers must know of a server. The version is that of a PostgreSQL whose protocol the admin database speaks. */
    private static final Map<String, String> ADMIN_PARAMETERS = Map.of(
            "server_version", "17.0 (Cutover)",
            "server_encoding", "UTF8",
            "client_encoding", "UTF8",
            "DateStyle", "ISO, MDY",
            "TimeZone", "UTC",
            "integer_datetimes", "on",
            "standard_conforming_strings", "on");

    private static final int AUTHENTICATION_OK = 0;
    private static final int AUTHENTICATION_SASL_FINAL = 12;

    private final ClientConnection connection;
    private final SessionServices services;
    private final Outbox client;
    private final Startup startup;
    private final String user;
    private final SessionSettings settings;
    private final Map<String, String> startupSettings;
    private @Nullable ClientLogin login;
    private @Nullable ParameterProbe inquiry;
    /** Whether it is not known yet how the user is to prove who it is. */
    private boolean lookingUp;

    private boolean held;
    private boolean ended;

    public LoginStage(ClientConnection connection, SessionServices services, Outbox client, Startup startup) {
        this.connection = connection;
        this.services = services;
        this.client = client;
        this.startup = startup;
        this.user = startup.parameters().getOrDefault("user", "");
        this.startupSettings = StartupSettings.of(startup.parameters());
        this.settings = new SessionSettings(startupSettings);
    }

    public void begin() {
        ErrorFields refusal = refusal();
        if (refusal != null) {
            end(refusal);
            return;
        }
        negotiateVersion();
        lookingUp = true;
        services.authenticator()
                .begin(user, connection.endPoint(), connection.channel().eventLoop(), this::begun, this::end);
        if (lookingUp) {
            connection.flow().hold(ReadHold.TRANSACTION);
            held = true;
        }
    }

    private void begun(ClientLogin begun) {
        lookingUp = false;
        if (ended) {
            return;
        }
        login = begun;
        if (held) {
            connection.flow().release(ReadHold.TRANSACTION);
        }
        take(begun.first());
        if (login != null && connection.streamEnded()) {
            connection.channel().close();
        }
    }

    public static ErrorFields unsupported(int major, int minor) {
        return ErrorFields.fatal(
                "0A000",
                "unsupported frontend protocol " + major + "." + minor + ": server supports 3.0 to 3."
                        + StartupPacket.LATEST_MINOR,
                "Use a client that speaks version 3 of PostgreSQL's protocol.");
    }

    private @Nullable ErrorFields refusal() {
        if (startup.major() != 3) {
            return unsupported(startup.major(), startup.minor());
        }
        if (user.isEmpty()) {
            return ErrorFields.fatal(
                    "28000", "no PostgreSQL user name specified in startup packet", "Name a user when connecting.");
        }
        return null;
    }

    /** NegotiateProtocolVersion: {@code int32 newest version, int32 count, string[count] unknown options} */
    private void negotiateVersion() {
        List<String> unknown = startup.parameters().keySet().stream()
                .filter(name -> name.startsWith("_pq_."))
                .toList();
        if (startup.minor() <= StartupPacket.LATEST_MINOR && unknown.isEmpty()) {
            return;
        }
        ByteBuf out = client.appendable();
        int message = Messages.begin(out, BackendMessage.NEGOTIATE_PROTOCOL_VERSION);
        out.writeInt(StartupPacket.PROTOCOL_3_0 + Math.min(startup.minor(), StartupPacket.LATEST_MINOR));
        out.writeInt(unknown.size());
        unknown.forEach(name -> Strings.write(out, name));
        Messages.finish(out, message);
    }

    private void take(Step step) {
        if (step instanceof Step.Challenge challenge) {
            Messages.authentication(client.appendable(), challenge.code(), challenge.data());
            client.flush();
        } else if (step instanceof Step.Accepted accepted) {
            byte[] finalData = accepted.finalData();
            if (finalData != null) {
                Messages.authentication(client.appendable(), AUTHENTICATION_SASL_FINAL, finalData);
            }
            login = null;
            connection.flow().hold(ReadHold.TRANSACTION);
            findTenant();
        } else if (step instanceof Step.Rejected rejected) {
            end(rejected.error());
        }
    }

    private void findTenant() {
        String database = startup.parameters().getOrDefault("database", user);
        if (database.equals(AdminConfig.DATABASE)) {
            openAdminDatabase();
            return;
        }
        TenantRouting routing = services.routes().find(database);
        if (routing == null) {
            end(noTenant(database));
            return;
        }
        List<String> users = routing.policy().users();
        if (users != null && !users.contains(user)) {
            end(ErrorFields.fatal(
                            "28000",
                            "permission denied for database \"" + database + "\"",
                            "The proxy's configuration lists who may connect to it: users of the tenant.")
                    .with(ErrorFields.DETAIL, "User does not have CONNECT privilege."));
            return;
        }
        ReplicationRequest replication = ReplicationRequest.of(startup.parameters());
        if (!replication.permitted(routing.policy().replication())) {
            end(replication.refusal(routing));
            return;
        }
        ErrorFields crowded = services.admission().begun(routing.tenant());
        if (crowded != null) {
            end(crowded);
            return;
        }
        connection.channel().closeFuture().addListener(closed -> services.admission()
                .ended(routing.tenant()));
        if (replication != ReplicationRequest.NONE) {
            PoolKey key = BackendLease.key(routing, routing.route(), user);
            ReplicationStage passing = new ReplicationStage(connection, services, routing, client, key);
            connection.handOver(passing);
            passing.begin(startup);
            return;
        }
        askServer(routing);
    }

    /** Finds out what a server of the tenant reports, by asking one if nobody has asked or if the session keeps it. */
    private void askServer(TenantRouting routing) {
        PoolKey key = BackendLease.key(routing, routing.route(), user);
        boolean keeps = routing.policy().poolMode() == PoolMode.SESSION;
        String idleTimeout = startupSettings.get(IdleSessionTimeout.NAME);
        if (!keeps && idleTimeout != null && IdleSessionTimeout.limits(idleTimeout)) {
            end(IdleSessionTimeout.refusal().asFatal());
            return;
        }
        ServerParameters known = keeps ? null : services.knownParameters().get(key, settings.committed());
        if (known != null) {
            welcome(routing, known, null);
            return;
        }
        Pool pool = services.pools().on(connection.channel().eventLoop()).pool(key);
        int generation = services.knownParameters().generation();
        ParameterProbe asked = new ParameterProbe(routing.tenant(), pool, settings.committed(), this::end, backend -> {
            inquiry = null;
            ServerParameters told = backend.parameters();
            services.knownParameters().put(generation, key, settings.committed(), told);
            boolean moved = !BackendLease.key(routing, routing.route(), user).equals(key);
            if (ended || moved || !keeps) {
                pool.giveBack(backend);
            }
            if (!ended && moved && keeps) {
                askServer(routing);
            } else if (!ended) {
                welcome(routing, told, keeps ? backend : null);
            }
        });
        inquiry = asked;
        asked.begin();
    }

    private static ErrorFields noTenant(String database) {
        return ErrorFields.fatal(
                "3D000",
                "database \"" + database + "\" does not exist",
                "The proxy has no tenant with this database. \"cutover tenants\" lists those it has.");
    }

    private void openAdminDatabase() {
        if (!services.admin().admits(user)) {
            end(ErrorFields.fatal(
                            "28000",
                            "permission denied for database \"" + AdminConfig.DATABASE + "\"",
                            "This is the proxy's admin database. Its configuration lists who may use it: admin.users.")
                    .with(ErrorFields.DETAIL, "User does not have CONNECT privilege."));
            return;
        }
        ByteBuf out = client.appendable();
        Messages.authentication(out, AUTHENTICATION_OK, NO_DATA);
        ADMIN_PARAMETERS.forEach((name, value) -> Messages.parameterStatus(out, name, value));
        Messages.readyForQuery(out, BackendMessage.IDLE);
        client.flush();
        connection.administered(user);
        connection.proceed();
    }

    /** @param own the backend that the session keeps; null in transaction mode */
    private void welcome(TenantRouting routing, ServerParameters parameters, @Nullable BackendConnection own) {
        if (routing.removed()) {
            if (own != null) {
                own.terminate();
            }
            end(noTenant(routing.clientDatabase()));
            return;
        }
        ByteBuf out = client.appendable();
        Messages.authentication(out, AUTHENTICATION_OK, NO_DATA);
        parameters.forEach((name, value) -> Messages.parameterStatus(out, name, value));
        Route route = routing.route();
        RouteStatus.write(out, route);
        SessionContext context =
                new SessionContext(connection.channel(), client, services, routing, user, settings, parameters);
        context.told(route);
        boolean longKeys = startup.minor() >= StartupPacket.LONG_KEYS_MINOR;
        CancelKeys.Key key =
                connection.established(context, longKeys ? CancelKeys.LONG_KEY : CancelKeys.SHORT_KEY, own);
        Messages.backendKeyData(out, key.processId(), key.secretKey());
        Messages.readyForQuery(out, BackendMessage.IDLE);
        client.flush();
        connection.proceed();
    }

    @Override
    public int wholeLimit(byte type) {
        return StartupPacket.MAX_LENGTH;
    }

    @Override
    public boolean frame(byte type, ByteBuf in, int start, int length) {
        ClientLogin current = login;
        if (current == null) {
            // Logged in, and not yet told so: what it sends already is for its session.
            return false;
        }
        if (type != FrontendMessage.PASSWORD) {
            throw ProtocolViolation.UNEXPECTED_MESSAGE;
        }
        take(current.answer(in, start + FrameReader.HEADER_LENGTH, start + length));
        return true;
    }

    @Override
    public boolean head(byte type, long frameLength, ByteBuf in, int start, int available) {
        if (login == null) {
            return false;
        }
        throw ProtocolViolation.INVALID_LENGTH;
    }

    @Override
    public void chunk(ByteBuf in, int start, int length, boolean last) {}

    @Override
    public void readComplete() {
        client.flush();
    }

    @Override
    public void writabilityChanged(boolean writable) {}

    /** Continues the login unless it needs another message of the client. */
    @Override
    public boolean streamEnded() {
        return login == null;
    }

    @Override
    public void closed() {
        ended = true;
        if (inquiry != null) {
            inquiry.withdraw();
        }
        client.discard();
    }

    @Override
    public void end(ErrorFields error) {
        if (!ended) {
            ended = true;
            services.meters().loginsRefused().increment();
            error.writeTo(client.appendable());
            client.flush();
            connection.closeAfterWriting();
        }
    }
}
