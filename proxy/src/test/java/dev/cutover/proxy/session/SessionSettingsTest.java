// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.cutover.dualwrite.analyze.statement.Intent.Setting.Change;
import dev.cutover.proxy.backend.SettingsSnapshot;
import dev.cutover.proxy.session.state.DateStyle;
import dev.cutover.proxy.session.state.SessionSettings;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SessionSettingsTest {
    private final SessionSettings settings = new SessionSettings(Map.of("datestyle", "'ISO'"));

    @Test
    void aChangeHoldsAtOnceAndLastsWhenItsTransactionCommits() {
        settings.changed(new Change.Assign("timezone", "'UTC'"));
        assertEquals("'UTC'", settings.current("timezone"));
        assertNull(settings.committed().get("timezone"));
        settings.commit();
        assertEquals("'UTC'", settings.committed().get("timezone"));
    }

    @Test
    void aRollbackTakesItBack() {
        settings.changed(new Change.Assign("datestyle", "'SQL'"));
        settings.rollback();
        assertEquals("'ISO'", settings.current("datestyle"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "SQL | dmy | sql, dmy",
                "'SQL, DMY' | iso | iso, dmy",
                "ISO | German | German",
                "German | mdy | german, mdy",
                "dmy | ymd | ymd",
                "iso | default | default",
                "iso, mdy | 'Postgres, DMY' | 'Postgres, DMY'"
            })
    void aPartOfTheDateStyleLeavesTheOtherPart(String first, String second, String after) {
        assertEquals(after, DateStyle.merged(first, second));
    }

    @Test
    void resetGoesBackToTheStartupMessage() {
        settings.changed(new Change.Assign("datestyle", "'SQL'"));
        settings.changed(new Change.Reset("datestyle"));
        assertEquals("'ISO'", settings.current("datestyle"));
    }

    @Test
    void afterDiscardAllTheBackendLacksWhatTheStartupMessageSaid() {
        settings.began(settings.committed(), "");
        settings.changed(new Change.DiscardAll());
        settings.commit();
        assertSame(SettingsSnapshot.NONE, settings.applied());
    }

    @Test
    void rollbackToASavepointBringsBackWhatHeldThere() {
        settings.changed(new Change.Assign("timezone", "1"));
        settings.savepoint("a");
        settings.changed(new Change.Assign("timezone", "2"));
        settings.savepoint("b");
        settings.changed(new Change.Assign("timezone", "3"));
        settings.rollbackTo("a");
        assertEquals("1", settings.current("timezone"));
    }

    @Test
    void whatASavepointCoveredStaysWhenItIsReleased() {
        settings.savepoint("a");
        settings.changed(new Change.Assign("timezone", "1"));
        settings.savepoint("a");
        settings.release("a");
        settings.changed(new Change.Assign("timezone", "2"));
        settings.rollbackTo("a");
        assertNull(settings.current("timezone"));
    }

    @Test
    void resetAllKeepsTheRole() {
        settings.changed(new Change.Assign("role", "a"));
        settings.changed(new Change.ResetAll());
        assertEquals("a", settings.current("role"));
    }

    @Test
    void rolesArePutDownFirstAndTakenUpLast() {
        SettingsSnapshot from = SettingsSnapshot.of(Map.of("a", "1", "role", "r", "session_authorization", "s"));
        SettingsSnapshot to = SettingsSnapshot.of(Map.of("z", "1", "role", "r", "session_authorization", "s"));
        assertEquals(
                "RESET \"role\";RESET \"session_authorization\";RESET \"a\";SET \"z\" TO 1;"
                        + "SET \"session_authorization\" TO s;SET \"role\" TO r;",
                to.statementsFrom(from));
    }

    @Test
    void setToDefaultIsReset() {
        settings.changed(new Change.Assign("search_path", "a"));
        settings.changed(new Change.Assign("search_path", "DEFAULT"));
        assertNull(settings.currentSearchPath());
    }

    @Test
    void equalSettingsOfTwoSessionsAreTheSameObject() {
        SessionSettings other = new SessionSettings(Map.of("datestyle", "'ISO'"));
        assertSame(settings.committed(), other.committed());
    }

    @Test
    void theDifferenceIsSetAndWhatIsTooMuchIsReset() {
        SettingsSnapshot from = SettingsSnapshot.of(Map.of("a", "1", "b", "2"));
        SettingsSnapshot to = SettingsSnapshot.of(Map.of("b", "3", "my.c", "4"));
        assertEquals("RESET \"a\";SET \"b\" TO 3;SET \"my\".\"c\" TO 4;", to.statementsFrom(from));
    }
}
