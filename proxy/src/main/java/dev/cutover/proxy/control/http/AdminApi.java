// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import dev.cutover.config.AdminConfig;
import dev.cutover.config.Secret;
import dev.cutover.config.TenantEntryException;
import dev.cutover.config.adminapi.ErrorBody;
import dev.cutover.config.adminapi.Json;
import dev.cutover.config.adminapi.ReloadReport;
import dev.cutover.config.adminapi.TenantDeclaration;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.text.OneLine;
import dev.cutover.proxy.control.ControlPlane;
import dev.cutover.proxy.control.ControlPlane.OperationRefused;
import dev.cutover.proxy.control.declaration.DeclarationRefusedException;
import dev.cutover.proxy.control.declaration.TenantDeclarations;
import dev.cutover.proxy.control.report.FeatureReport;
import dev.cutover.proxy.control.snapshot.SnapshotException;
import io.javalin.Javalin;
import io.javalin.config.RoutesConfig;
import io.javalin.http.BadRequestResponse;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import io.javalin.http.ServiceUnavailableResponse;
import io.javalin.http.UnauthorizedResponse;
import io.javalin.router.EndpointNotFound;
import io.javalin.util.JavalinBindException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin API: HTTP with JSON bodies, see {@code docs/admin-api.md}. Everything but {@code /health} and {@code /ready} asks for the bearer
 * token; without one configured, everything else is closed.
 */
public final class AdminApi implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdminApi.class);
    private static final long LONGEST_WAIT_MILLIS = 30_000;
    private static final int USUAL_LIMIT = 50;
    private static final int LARGEST_LIMIT = 1_000;
    private static final long LARGEST_BODY_BYTES = 4L * 1024 * 1024;

    private final CompletableFuture<ControlPlane> control;
    private final Supplier<String> metrics;
    private final Reloader reloader;
    private final Supplier<TenantDeclarations> declarations;
    private volatile byte @Nullable [] token;
    private volatile boolean draining;
    private final ObjectMapper json = Json.mapper();
    private final Javalin server;

    /** Reads the configuration again. */
    @FunctionalInterface
    public interface Reloader {
        /** @throws StartupException in one line; then nothing has changed */
        ReloadReport reload(String actor) throws StartupException;
    }

    private AdminApi(
            CompletableFuture<ControlPlane> control,
            AdminConfig config,
            Supplier<String> metrics,
            Reloader reloader,
            Supplier<TenantDeclarations> declarations) {
        this.reloader = reloader;
        this.declarations = declarations;
        this.control = control;
        this.metrics = metrics;
        this.token = bytes(config.token());
        this.server = Javalin.create(javalin -> {
            javalin.startup.showJavalinBanner = false;
            javalin.http.maxRequestSize = LARGEST_BODY_BYTES;
            routes(javalin.routes);
        });
    }

    private static byte @Nullable [] bytes(@Nullable Secret secret) {
        return secret == null ? null : secret.value().getBytes(StandardCharsets.UTF_8);
    }

    /** Another token holds from the next call on. */
    public void reconfigure(AdminConfig config) {
        token = bytes(config.token());
    }

    /**
     * Begins to listen.
     *
     * @param control what calls are about; until it is there, they are answered with 503
     * @param metrics what {@code /metrics} answers, in Prometheus's text format
     */
    public static AdminApi start(
            CompletableFuture<ControlPlane> control,
            AdminConfig config,
            Supplier<String> metrics,
            Reloader reloader,
            Supplier<TenantDeclarations> declarations)
            throws StartupException {
        AdminApi api = new AdminApi(control, config, metrics, reloader, declarations);
        try {
            api.server.start(config.endpoint().host(), config.endpoint().port());
            return api;
        } catch (JavalinBindException e) {
            throw new StartupException(
                    "admin: cannot listen on " + config.endpoint() + ": " + OneLine.networkReason(e), e);
        }
    }

    public int port() {
        return server.port();
    }

    @SuppressWarnings("NullAway") // get's handlers never answer null
    private void routes(RoutesConfig routes) {
        routes.before(this::authorize);
        routes.get("/health", context -> context.result("ok\n"));
        routes.get("/ready", context -> context.status(draining ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.OK)
                .result(draining ? "draining\n" : "ready\n"));
        routes.get("/metrics", context -> context.contentType("text/plain; version=0.0.4")
                .result(metrics.get()));
        routes.get("/v1/tenants", context -> answer(context, plane().tenants()));
        routes.get("/v1/proxies", context -> answer(context, plane().proxies()));
        routes.post("/v1/proxies/{number}/drain", this::drain);
        new CampaignRoutes(() -> plane().campaigns(), this::answer, AdminApi::actor).add(routes);
        routes.post("/v1/reload", context -> answer(context, reloader.reload(actor(context))));
        declaredTenants(routes);
        routes.get("/v1/tenants/{tenant}", context -> found(context, plane().status(context.pathParam("tenant"))));
        routes.post("/v1/tenants/{tenant}/explain", this::explain);
        routes.get(
                "/v1/tenants/{tenant}/statements",
                context -> found(context, plane().statements(context.pathParam("tenant"))));
        routes.get(
                "/v1/tenants/{tenant}/mapping",
                context -> found(context, plane().mapping(context.pathParam("tenant"))));
        routes.get("/v1/tenants/{tenant}/reads", context -> found(context, plane().reads(context.pathParam("tenant"))));
        routes.get(
                "/v1/tenants/{tenant}/doctor", context -> found(context, plane().doctor(context.pathParam("tenant"))));
        routes.get(
                "/v1/tenants/{tenant}/versions",
                context -> found(context, plane().versions(context.pathParam("tenant"))));
        routes.get(
                "/v1/tenants/{tenant}/features",
                context -> found(
                        context, plane().features(context.pathParam("tenant")).map(FeatureReport::of)));
        new OfrepRoutes(tenant -> plane().features(tenant), json).add(routes);
        routes.get(
                "/v1/tenants/{tenant}/snapshots",
                context -> found(context, plane().snapshots(context.pathParam("tenant"))));
        routes.get(
                "/v1/tenants/{tenant}/ledger",
                context -> found(context, plane().ledger(context.pathParam("tenant"), context.queryParam("table"))));
        routes.get(
                "/v1/tenants/{tenant}/history",
                context -> found(context, plane().history(context.pathParam("tenant"), limit(context))));
        routes.get(
                "/v1/tenants/{tenant}/operations/{id}",
                context -> found(
                        context,
                        plane().await(context.pathParam("tenant"), context.pathParam("id"), waitMillis(context))));
        routes.post("/v1/tenants/{tenant}/pause", context -> pause(context, true));
        routes.post("/v1/tenants/{tenant}/resume", context -> pause(context, false));
        routes.post("/v1/tenants/{tenant}/{verb}", this::start);
        routes.exception(OperationRefused.class, (e, context) -> error(context, HttpStatus.CONFLICT, OneLine.of(e)));
        routes.exception(StartupException.class, (e, context) -> error(context, HttpStatus.BAD_REQUEST, OneLine.of(e)));
        routes.exception(SQLException.class, (e, context) -> error(context, HttpStatus.BAD_GATEWAY, OneLine.of(e)));
        routes.exception(
                SnapshotException.class, (e, context) -> error(context, HttpStatus.BAD_GATEWAY, OneLine.of(e)));
        routes.exception(
                JsonProcessingException.class,
                (e, context) -> error(context, HttpStatus.BAD_REQUEST, "the body is not the JSON that is expected"));
        routes.exception(
                HttpResponseException.class,
                (e, context) -> error(
                        context,
                        HttpStatus.forStatus(e.getStatus()),
                        e instanceof EndpointNotFound ? "there is no " + context.path() : OneLine.of(e)));
        routes.exception(Exception.class, (e, context) -> {
            LOG.warn("admin API failed path={}", context.path(), e);
            error(context, HttpStatus.INTERNAL_SERVER_ERROR, OneLine.of(e));
        });
    }

    private void declaredTenants(RoutesConfig routes) {
        String one = "/v1/declared-tenants/{tenant}";
        routes.get(
                "/v1/declared-tenants",
                context -> answer(context, declarations.get().list()));
        routes.post(
                one,
                context -> answer(
                        context,
                        declarations.get().add(context.pathParam("tenant"), declaration(context), actor(context))));
        routes.put(
                one,
                context -> answer(
                        context,
                        declarations.get().set(context.pathParam("tenant"), declaration(context), actor(context))));
        routes.delete(
                one,
                context -> answer(context, declarations.get().remove(context.pathParam("tenant"), actor(context))));
        routes.exception(
                TenantEntryException.class, (e, context) -> error(context, HttpStatus.BAD_REQUEST, OneLine.of(e)));
        routes.exception(
                DeclarationRefusedException.class, (e, context) -> error(context, HttpStatus.CONFLICT, OneLine.of(e)));
    }

    private TenantDeclaration declaration(Context context) throws JsonProcessingException {
        if (context.body().isBlank()) {
            return TenantDeclaration.EMPTY;
        }
        try {
            return json.readerFor(TenantDeclaration.class)
                    .with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .readValue(context.body());
        } catch (UnrecognizedPropertyException e) {
            throw new BadRequestResponse(
                    "a declaration has no \"" + e.getPropertyName() + "\"; it has " + e.getKnownPropertyIds());
        }
    }

    /** From now on {@code /ready} answers 503. */
    public void draining() {
        draining = true;
    }

    private void drain(Context context) throws SQLException, JsonProcessingException {
        String number = context.pathParam("number");
        if (number.matches("[0-9]{1,4}") && plane().drain(Integer.parseInt(number), actor(context))) {
            answer(context, Map.of("draining", Integer.valueOf(number)));
        } else {
            error(context, HttpStatus.NOT_FOUND, "there is no live proxy " + number);
        }
    }

    private ControlPlane plane() {
        return control.join();
    }

    private void explain(Context context) throws SQLException, JsonProcessingException {
        String tenant = context.pathParam("tenant");
        boolean each = "true".equals(context.queryParam("each"));
        found(context, each ? plane().explainEach(tenant, context.body()) : plane().explain(tenant, context.body()));
    }

    private void start(Context context) throws OperationRefused, SQLException, JsonProcessingException {
        Optional<VerbName> verb = VerbName.of(context.pathParam("verb"));
        if (verb.isEmpty()) {
            found(context, Optional.empty());
            return;
        }
        VerbRequest request = request(verb.get(), context.body());
        found(context, plane().start(context.pathParam("tenant"), verb.get(), request, actor(context)));
    }

    private VerbRequest request(VerbName verb, String body) throws JsonProcessingException {
        if (body.isBlank()) {
            return VerbRequest.PLAIN;
        }
        try {
            return json.readerFor(verb.requestType())
                    .with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .readValue(body);
        } catch (UnrecognizedPropertyException e) {
            throw new BadRequestResponse(verb.label() + " takes no \"" + e.getPropertyName() + "\"; it takes "
                    + (e.getKnownPropertyIds().isEmpty() ? "nothing" : e.getKnownPropertyIds()));
        }
    }

    private void pause(Context context, boolean paused)
            throws OperationRefused, SQLException, JsonProcessingException, InterruptedException {
        found(context, plane().pause(context.pathParam("tenant"), paused, actor(context)));
    }

    private static long waitMillis(Context context) {
        String wait = context.queryParam("wait");
        return wait == null || !wait.matches("[0-9]{1,9}") ? 0 : Math.min(Long.parseLong(wait), LONGEST_WAIT_MILLIS);
    }

    private static int limit(Context context) {
        String limit = context.queryParam("limit");
        return limit == null || !limit.matches("[0-9]{1,9}")
                ? USUAL_LIMIT
                : Math.min(Integer.parseInt(limit), LARGEST_LIMIT);
    }

    private void authorize(Context context) {
        if (!control.isDone()) {
            throw new ServiceUnavailableResponse("the proxy is starting");
        }
        if (context.path().equals("/health") || context.path().equals("/ready")) {
            return;
        }
        byte[] given = given(context).getBytes(StandardCharsets.UTF_8);
        byte[] expected = token;
        if (expected == null || !MessageDigest.isEqual(expected, given)) {
            throw new UnauthorizedResponse(
                    expected == null ? "admin.token is not configured" : "the bearer token is missing or wrong");
        }
    }

    /** The token of the call; empty if there is none. OFREP has another header for it as well. */
    private static String given(Context context) {
        String header = context.header("Authorization");
        if (header != null) {
            return header.startsWith("Bearer ") ? header.substring("Bearer ".length()) : "";
        }
        String key = context.path().startsWith(OfrepRoutes.ROOT) ? context.header("X-API-Key") : null;
        return key == null ? "" : key;
    }

    /** Who the caller says they are, for the audit log; that they may is what the token says. */
    private static String actor(Context context) {
        String name = context.header("X-Cutover-Actor");
        String clean = name == null ? "unknown" : name.replaceAll("[^A-Za-z0-9_.@-]", "?");
        return clean.substring(0, Math.min(clean.length(), 64)) + " from " + context.ip();
    }

    /** What there is of a tenant; says whether it is the tenant that is not known. */
    private void found(Context context, Optional<?> value) throws JsonProcessingException {
        if (value.isPresent()) {
            answer(context, value.get());
            return;
        }
        String tenant = context.pathParam("tenant");
        boolean known = plane().tenants().stream().anyMatch(one -> one.tenant().equals(tenant));
        error(context, HttpStatus.NOT_FOUND, "there is no " + (known ? context.path() : "tenant " + tenant));
    }

    private void answer(Context context, Object value) throws JsonProcessingException {
        context.contentType("application/json").result(json.writeValueAsString(value));
    }

    private void error(Context context, HttpStatus status, String message) {
        try {
            context.status(status);
            answer(context, new ErrorBody(message, ""));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop();
    }
}
