package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.resync.Marks.Mark;
import java.sql.SQLException;
import java.util.List;

/** Makes the idle rows of marked keys equal to the serving ones and deletes the marks. May be repeated at will. */
interface Carrier {
    /** Brings together the marks that are due, the oldest first. */
    List<Mark> due(int limit) throws SQLException;

    /** All of the batch, or what fails is thrown and every mark of it stays. */
    void carry(List<Mark> batch, MarkedKeys keys) throws SQLException;
}
