// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.config.feature.FeatureState;
import dev.cutover.config.feature.TenantFeatures;
import dev.cutover.proxy.control.http.FlagAnswer.ErrorCode;
import dev.cutover.proxy.control.http.FlagAnswer.Failure;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * OpenFeature's remote evaluation protocol (OFREP): a feature is a boolean flag, and the evaluation context names the tenant. See <a
 * href="https://github.com/open-feature/protocol/blob/main/service/openapi.yaml">its OpenAPI document</a>.
 */
final class OfrepRoutes {
    /** What the paths of the protocol begin with. */
    static final String ROOT = "/ofrep/";

    private static final String FLAGS = ROOT + "v1/evaluate/flags";
    private static final int ETAG_BYTES = 16;

    private final Function<String, Optional<TenantFeatures>> features;
    private final ObjectMapper json;

    /** @param features of the tenant of this name; empty if there is none */
    OfrepRoutes(Function<String, Optional<TenantFeatures>> features, ObjectMapper json) {
        this.features = features;
        this.json = json;
    }

    /** The request cannot be evaluated. */
    private static final class FlagException extends Exception {
        private static final long serialVersionUID = 1L;
        private final ErrorCode code;

        FlagException(ErrorCode code, String details) {
            super(details);
            this.code = code;
        }
    }

    void add(RoutesConfig routes) {
        routes.post(FLAGS, this::all);
        routes.post(FLAGS + "/{key}", this::one);
    }

    private void one(Context context) throws JsonProcessingException {
        String key = context.pathParam("key");
        try {
            FeatureState feature = requested(context.body()).find(key);
            if (feature == null) {
                throw new FlagException(
                        ErrorCode.FLAG_NOT_FOUND, "the proxy's configuration declares no feature \"" + key + '"');
            }
            answer(context, FlagAnswer.Value.of(feature));
        } catch (FlagException e) {
            fail(context, key, e);
        }
    }

    private void all(Context context) throws JsonProcessingException {
        try {
            String body = json.writeValueAsString(new FlagAnswer.Values(requested(context.body()).all().stream()
                    .map(FlagAnswer.Value::of)
                    .toList()));
            String tag = tag(body);
            context.header("ETag", tag);
            if (matches(context.header("If-None-Match"), tag)) {
                context.status(HttpStatus.NOT_MODIFIED);
            } else {
                context.contentType("application/json").result(body);
            }
        } catch (FlagException e) {
            fail(context, null, e);
        }
    }

    private TenantFeatures requested(String body) throws FlagException {
        String tenant = tenant(context(body));
        return features.apply(tenant)
                .orElseThrow(
                        () -> new FlagException(ErrorCode.INVALID_CONTEXT, "there is no tenant \"" + tenant + '"'));
    }

    private JsonNode context(String body) throws FlagException {
        JsonNode request;
        try {
            request = json.reader()
                    .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .readTree(body);
        } catch (JsonProcessingException e) {
            throw new FlagException(ErrorCode.PARSE_ERROR, "the body is not JSON");
        }
        if (!request.isObject()) {
            throw new FlagException(ErrorCode.PARSE_ERROR, "the body must be an object such as {\"context\": {}}");
        }
        JsonNode context = request.path("context");
        if (!context.isObject() && !nothing(context)) {
            throw new FlagException(ErrorCode.INVALID_CONTEXT, "context must be an object");
        }
        return context;
    }

    private static boolean nothing(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private static String tenant(JsonNode context) throws FlagException {
        for (String key : List.of("tenant", "targetingKey")) {
            JsonNode named = context.path(key);
            if (named.isTextual() && !named.asText().isEmpty()) {
                return named.asText();
            }
            if (!nothing(named) && !named.isTextual()) {
                throw new FlagException(ErrorCode.INVALID_CONTEXT, "context." + key + " must be a text");
            }
        }
        throw new FlagException(
                ErrorCode.TARGETING_KEY_MISSING, "name the tenant by context.tenant or by context.targetingKey");
    }

    private static String tag(String body) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8));
            return '"' + HexFormat.of().formatHex(digest, 0, ETAG_BYTES) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** @param known a list of tags, some of which may be weak, or {@code *} for any; null for none */
    private static boolean matches(@Nullable String known, String tag) {
        return known != null
                && Arrays.stream(known.split(","))
                        .map(String::strip)
                        .anyMatch(each -> each.equals("*") || each.equals(tag) || each.equals("W/" + tag));
    }

    private void fail(Context context, @Nullable String key, FlagException e) throws JsonProcessingException {
        context.status(e.code == ErrorCode.FLAG_NOT_FOUND ? HttpStatus.NOT_FOUND : HttpStatus.BAD_REQUEST);
        answer(context, new Failure(key, e.code, String.valueOf(e.getMessage())));
    }

    private void answer(Context context, FlagAnswer answer) throws JsonProcessingException {
        context.contentType("application/json").result(json.writeValueAsString(answer));
    }
}
