// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.type.TypeFactory;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.config.adminapi.AuditEntry;
import dev.cutover.config.adminapi.ComparedRead;
import dev.cutover.config.adminapi.DeclarationResult;
import dev.cutover.config.adminapi.DeclaredTenants;
import dev.cutover.config.adminapi.DoctorReport;
import dev.cutover.config.adminapi.ErrorBody;
import dev.cutover.config.adminapi.Explanation;
import dev.cutover.config.adminapi.Json;
import dev.cutover.config.adminapi.MappedTable;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.ProxyStatus;
import dev.cutover.config.adminapi.RefusedRows;
import dev.cutover.config.adminapi.ReloadReport;
import dev.cutover.config.adminapi.SeenStatement;
import dev.cutover.config.adminapi.SideVersion;
import dev.cutover.config.adminapi.SnapshotInfo;
import dev.cutover.config.adminapi.TenantDeclaration;
import dev.cutover.config.adminapi.TenantFeature;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.config.adminapi.TenantSummary;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The admin API as Java calls. */
public final class AdminClient {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(60);
    private static final long POLL_MILLIS = 250;

    private final URI base;
    private final @Nullable String token;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();
    private final ObjectMapper json = Json.mapper();

    public AdminClient(URI base, @Nullable String token) {
        this.base = base;
        this.token = token;
    }

    public List<TenantSummary> tenants() throws AdminException {
        return list(call("GET", "/v1/tenants", ""), TenantSummary.class);
    }

    /** The proxies that share the control database and are alive. */
    public List<ProxyStatus> proxies() throws AdminException {
        return list(call("GET", "/v1/proxies", ""), ProxyStatus.class);
    }

    /** Asks a proxy of the fleet to drain. Returns at once. */
    public void drain(int proxy) throws AdminException {
        call("POST", "/v1/proxies/" + proxy + "/drain", "");
    }

    public TenantStatus status(String tenant) throws AdminException {
        return read(call("GET", "/v1/tenants/" + encode(tenant), ""), TenantStatus.class);
    }

    public Explanation explain(String tenant, String sql) throws AdminException {
        return read(call("POST", "/v1/tenants/" + encode(tenant) + "/explain", sql), Explanation.class);
    }

    /** The rows that the idle side refuses. @param table only those of this one; null for all */
    public RefusedRows ledger(String tenant, @Nullable String table) throws AdminException {
        String query = table == null ? "" : "?table=" + encode(table);
        return read(call("GET", "/v1/tenants/" + encode(tenant) + "/ledger" + query, ""), RefusedRows.class);
    }

    /** States of the tenant that should not be. */
    public DoctorReport doctor(String tenant) throws AdminException {
        return read(call("GET", "/v1/tenants/" + encode(tenant) + "/doctor", ""), DoctorReport.class);
    }

    /** The tenant's snapshots, the newest first. */
    public List<SnapshotInfo> snapshots(String tenant) throws AdminException {
        return list(call("GET", "/v1/tenants/" + encode(tenant) + "/snapshots", ""), SnapshotInfo.class);
    }

    /** Both of the tenant's sides. */
    public List<SideVersion> versions(String tenant) throws AdminException {
        return list(call("GET", "/v1/tenants/" + encode(tenant) + "/versions", ""), SideVersion.class);
    }

    /** Which features are on for the tenant. */
    public List<TenantFeature> features(String tenant) throws AdminException {
        return list(call("GET", "/v1/tenants/" + encode(tenant) + "/features", ""), TenantFeature.class);
    }

    /** What was done to the tenant, the newest first. */
    public List<AuditEntry> history(String tenant, int limit) throws AdminException {
        return list(call("GET", "/v1/tenants/" + encode(tenant) + "/history?limit=" + limit, ""), AuditEntry.class);
    }

    /** Each statement of a script. */
    public List<Explanation> explainEach(String tenant, String script) throws AdminException {
        return list(call("POST", "/v1/tenants/" + encode(tenant) + "/explain?each=true", script), Explanation.class);
    }

    /** What the tenant's clients have sent that writes, or may. */
    public List<SeenStatement> statements(String tenant) throws AdminException {
        return list(call("GET", "/v1/tenants/" + encode(tenant) + "/statements", ""), SeenStatement.class);
    }

    /** How the tenant's tables are mapped. */
    public List<MappedTable> mapping(String tenant) throws AdminException {
        return list(call("GET", "/v1/tenants/" + encode(tenant) + "/mapping", ""), MappedTable.class);
    }

    /** What has come of the tenant's reads that were run on both sides. */
    public List<ComparedRead> reads(String tenant) throws AdminException {
        return list(call("GET", "/v1/tenants/" + encode(tenant) + "/reads", ""), ComparedRead.class);
    }

    /** Has the proxy read its configuration file again. */
    public ReloadReport reload() throws AdminException {
        return read(call("POST", "/v1/reload", ""), ReloadReport.class);
    }

    /** The tenants that are declared outside the configuration file. */
    public DeclaredTenants declaredTenants() throws AdminException {
        return read(call("GET", "/v1/declared-tenants", ""), DeclaredTenants.class);
    }

    /** Declares a tenant. */
    public DeclarationResult addTenant(String tenant, TenantDeclaration declaration) throws AdminException {
        return declare("POST", tenant, declaration);
    }

    /** Changes a declared tenant. */
    public DeclarationResult setTenant(String tenant, TenantDeclaration declaration) throws AdminException {
        return declare("PUT", tenant, declaration);
    }

    /** Removes a declared tenant. */
    public DeclarationResult removeTenant(String tenant) throws AdminException {
        return read(call("DELETE", "/v1/declared-tenants/" + encode(tenant), ""), DeclarationResult.class);
    }

    private DeclarationResult declare(String method, String tenant, TenantDeclaration declaration)
            throws AdminException {
        try {
            String body = json.writeValueAsString(declaration);
            return read(call(method, "/v1/declared-tenants/" + encode(tenant), body), DeclarationResult.class);
        } catch (JsonProcessingException e) {
            throw notOurs(e);
        }
    }

    /** Starts a verb; does not wait. */
    public Operation start(String tenant, VerbName verb, VerbRequest request) throws AdminException {
        try {
            String body = request == VerbRequest.PLAIN ? "" : json.writeValueAsString(request);
            return read(call("POST", "/v1/tenants/" + encode(tenant) + "/" + verb.label(), body), Operation.class);
        } catch (JsonProcessingException e) {
            throw notOurs(e);
        }
    }

    /** Pauses the tenant's backfill or verification, or resumes it. @param change pause or resume */
    public TenantStatus pace(String tenant, String change) throws AdminException {
        return read(call("POST", "/v1/tenants/" + encode(tenant) + "/" + change, ""), TenantStatus.class);
    }

    /** Waits for an operation to end. @param progress called each time something may have changed */
    public Operation await(Operation started, Consumer<Operation> progress) throws AdminException {
        String path =
                "/v1/tenants/" + encode(started.tenant()) + "/operations/" + started.id() + "?wait=" + POLL_MILLIS;
        Operation operation = started;
        while (!operation.ended()) {
            progress.accept(operation);
            try {
                operation = read(call("GET", path, ""), Operation.class);
            } catch (AdminException e) {
                throw new AdminException(
                        ExitCode.UNKNOWN,
                        "lost sight of " + started.verb() + " (" + e.getMessage()
                                + "); ask status before trying again");
            }
        }
        progress.accept(operation);
        return operation;
    }

    String call(String method, String path, String body) throws AdminException {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(CALL_TIMEOUT)
                .header("X-Cutover-Actor", System.getProperty("user.name", "unknown"))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        try {
            HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
            if (response.statusCode() / 100 != 2) {
                throw failure(response);
            }
            return response.body();
        } catch (IOException e) {
            throw new AdminException(
                    ExitCode.UNREACHABLE,
                    "cannot reach the admin API at " + base
                            + "; is the proxy up? (--admin or CUTOVER_ADMIN names another)");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AdminException(ExitCode.UNKNOWN, "interrupted; the operation may continue");
        }
    }

    private AdminException failure(HttpResponse<String> response) {
        String message;
        try {
            message = json.readValue(response.body(), ErrorBody.class).error();
        } catch (JsonProcessingException e) {
            message = response.body().isBlank()
                    ? "HTTP status " + response.statusCode()
                    : response.body().strip();
        }
        return switch (response.statusCode()) {
            case 400 -> new AdminException(ExitCode.USAGE, message);
            case 401 ->
                new AdminException(ExitCode.UNREACHABLE, message + " (CUTOVER_TOKEN or --token-file gives the token)");
            case 404 ->
                new AdminException(
                        ExitCode.USAGE,
                        message
                                + (response.uri().getPath().startsWith("/v1/campaigns/")
                                        ? "; cutover campaign status lists the campaigns"
                                        : "; cutover tenants lists the tenants"));
            case 409 -> new AdminException(ExitCode.REFUSED, message);
            default -> new AdminException(ExitCode.FAILED, message);
        };
    }

    <T> T read(String body, Class<T> type) throws AdminException {
        try {
            return json.readValue(body, type);
        } catch (JsonProcessingException e) {
            throw notOurs(e);
        }
    }

    <T> List<T> list(String body, Class<T> type) throws AdminException {
        try {
            return json.readValue(body, TypeFactory.defaultInstance().constructCollectionType(List.class, type));
        } catch (JsonProcessingException e) {
            throw notOurs(e);
        }
    }

    private AdminException notOurs(JsonProcessingException e) {
        return new AdminException(
                ExitCode.FAILED, "what answers at " + base + " is not Cutover's admin API: " + e.getOriginalMessage());
    }

    static String encode(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
