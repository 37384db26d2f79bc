package dev.cutover.config;

import java.util.Map;

/** The whole configuration file, checked. Maps keep the file's order. */
public record CutoverConfig(
        Endpoint listen,
        AdminConfig admin,
        ControlConfig control,
        AuthConfig auth,
        Map<String, ClusterConfig> clusters,
        Map<String, TenantConfig> tenants) {}
