package dev.cutover.config.control;

/**
 * What an operator asks for with a verb.
 *
 * @param force cancel the transactions that a flip waits for when the drain deadline has passed
 * @param repair mark what a verification finds to differ
 * @param clean drop the idle side's schema before it is prepared
 * @param dryRun only say what would happen
 */
public record OperationRequest(boolean force, boolean repair, boolean clean, boolean dryRun) {
    public static final OperationRequest PLAIN = new OperationRequest(false, false, false, false);
}
