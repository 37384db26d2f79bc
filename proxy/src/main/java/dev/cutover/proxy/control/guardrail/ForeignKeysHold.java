package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.control.Finding;
import dev.cutover.config.control.GuardrailName;
import dev.cutover.dualwrite.schema.Parking;
import dev.cutover.dualwrite.schema.Parking.Violated;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * The idle side's foreign keys, which are parked while it is idle, would hold. They come back unproved in the hold and are
 * proved after it: too late to find that they do not hold.
 */
final class ForeignKeysHold implements Guardrail {
    /** Between two databases a row may be there and the one it refers to on its way. */
    private static final int LOOKS = 4;

    private static final long PAUSE_MILLIS = 500;

    @Override
    public GuardrailName name() {
        return GuardrailName.FOREIGN_KEYS_HOLD;
    }

    @Override
    public List<Finding> check(Situation now, Connection connection) throws SQLException {
        Parking parking = new Parking(now.tenant());
        List<Violated> violated = List.of();
        try (Connection idle = now.placement().idle().getConnection()) {
            for (int look = 1; look <= LOOKS; look++) {
                violated = parking.violated(idle, now.plan().serving().other());
                if (violated.isEmpty()) {
                    return List.of();
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return violated.stream()
                .map(one -> blocking(
                        "foreign key " + one.name() + " of " + one.table() + " on the idle side does not hold: "
                                + (one.rows() >= Violated.MOST ? "at least " : "") + one.rows()
                                + " row(s) refer to nothing",
                        "mend the rows on the serving side or the mapping; forced, the key comes back NOT VALID"))
                .toList();
    }
}
