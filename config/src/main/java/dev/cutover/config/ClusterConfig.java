package dev.cutover.config;

/**
 * A PostgreSQL server that sides lie on.
 *
 * @param name the key under {@code clusters}
 * @param endpoint where it listens; default port 5432
 * @param poolSize the most backend connections this proxy opens to it, over all event loops; default 20
 * @param tls default disable
 */
public record ClusterConfig(String name, Endpoint endpoint, int poolSize, ClusterTls tls) {
    /** Without TLS. */
    public ClusterConfig(String name, Endpoint endpoint, int poolSize) {
        this(name, endpoint, poolSize, ClusterTls.DISABLED);
    }
}
