// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.liquibase;

import dev.cutover.dualwrite.database.FailedStatement;
import dev.cutover.dualwrite.model.SqlText;
import dev.cutover.dualwrite.schema.script.ConcurrentStatements;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import liquibase.Contexts;
import liquibase.LabelExpression;
import liquibase.Liquibase;
import liquibase.change.core.TagDatabaseChange;
import liquibase.changelog.ChangeSet;
import liquibase.database.Database;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.exception.LiquibaseException;
import liquibase.lockservice.DatabaseChangeLogLock;
import liquibase.resource.DirectoryResourceAccessor;
import org.jspecify.annotations.Nullable;

/**
 * The process that runs Liquibase on one schema. Reads its task from the standard input, as properties that an empty line
 * ends; writes what came of it to the standard output, a line each, and Liquibase's log to the standard error.
 */
public final class LiquibaseProcess {
    public static final String UPDATE = "update";
    public static final String VALIDATE = "validate";
    public static final String BASELINE = "baseline";
    /** Reads the change log and compares it with what was applied; makes neither the schema nor Liquibase's tables. */
    public static final String PARSE = "parse";

    /** Names the change sets that are to come, with what they would run. */
    public static final String PENDING = "pending";

    /** Names the change sets that {@link #UNDO} would take back. */
    public static final String UNDO_PLAN = "undo-plan";

    /** Takes back what was run after a change set. */
    public static final String UNDO = "undo";

    private static final Set<String> READING = Set.of(PARSE, PENDING, UNDO_PLAN);

    /** The property that has the tag up to which {@link #BASELINE} goes; without it, it takes all. */
    public static final String TAG = "tag";

    /** The property that has the id of the change set that stays. */
    public static final String TO = "to";

    /** The property that lets the change log run programs and Java classes. */
    public static final String CODE = "code";

    /** Begins the names of the driver's properties in the task. */
    public static final String DRIVER = "driver.";

    public static final String APPLIED = "applied=";
    public static final String PROBLEM = "problem=";
    public static final String ERROR = "error=";
    /** A change set, a tab, and what it would run, in Base64. */
    public static final String TO_COME = "to-come=";

    public static final String TAKEN_BACK = "taken-back=";

    /** Ends so when a lock was not to be had. */
    public static final int GAVE_WAY = 3;

    /** What a migration must not inherit from the settings of its role or database. */
    private static final String SETTINGS = """
            SET statement_timeout = 0;
            SET idle_in_transaction_session_timeout = 0;
            SET default_transaction_isolation = 'read committed';
            SET default_transaction_read_only = off;
            SET default_transaction_deferrable = off;
            SET row_security = off;
            SELECT set_config(name, '0', false) FROM pg_settings
            WHERE name IN ('idle_session_timeout', 'transaction_timeout')""";

    /** File, id and author, and statement in Liquibase's message. */
    private static final Pattern FAILED_SQL =
            Pattern.compile("(?s)change\\s?set ([^:\\n]+)::([^\\n]+?):\\s*\\n.*\\[Failed SQL: (?:\\(\\d+\\) )?(.*)\\]");

    private static final int LONGEST_MESSAGE = 500;
    private static final int FAILED = 1;
    private static final int PARENT_GONE = 4;
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    /** Who holds Liquibase's lock is told apart by this. */
    private static final String HOLDER = "cutover";

    private final Properties task;
    private final PrintStream out;

    private LiquibaseProcess(Properties task, PrintStream out) {
        this.task = task;
        this.out = out;
    }

    /** The task as it is written to the process. */
    public static String request(Properties task) throws IOException {
        StringWriter text = new StringWriter();
        task.store(text, null);
        return text + "\n";
    }

    public static void main(String[] arguments) throws IOException {
        PrintStream out = System.out;
        System.setOut(System.err);
        System.setProperty("liquibase.hostDescription", HOLDER);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        StringBuilder text = new StringBuilder();
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            text.append(line).append('\n');
        }
        Properties task = new Properties();
        task.load(new StringReader(text.toString()));
        endWithParent(in);
        int exitCode = new LiquibaseProcess(task, out).run();
        out.flush();
        System.exit(exitCode);
    }

    /** Whoever started this process holds its standard input open. */
    private static void endWithParent(BufferedReader in) {
        Thread watch = new Thread(
                () -> {
                    try {
                        while (in.read() >= 0) {
                            // Nothing more is said.
                        }
                    } catch (IOException e) {
                        // It is gone, too.
                    }
                    Runtime.getRuntime().halt(PARENT_GONE);
                },
                "parent");
        watch.setDaemon(true);
        watch.start();
    }

    private int run() {
        Properties driver = new Properties();
        task.stringPropertyNames().stream()
                .filter(name -> name.startsWith(DRIVER))
                .forEach(name -> driver.setProperty(name.substring(DRIVER.length()), task.getProperty(name)));
        try (Connection connection = DriverManager.getConnection(task.getProperty("url"), driver)) {
            prepare(connection);
            Database database =
                    DatabaseFactory.getInstance().findCorrectDatabaseImplementation(new JdbcConnection(connection));
            database.setDefaultSchemaName(task.getProperty("schema"));
            database.setLiquibaseSchemaName(task.getProperty("schema"));
            try (Liquibase liquibase = new Liquibase(
                    task.getProperty("file"),
                    new DirectoryResourceAccessor(Path.of(task.getProperty("directory"))),
                    database)) {
                if (task.getProperty(CODE) == null) {
                    ForeignCode.refuse(liquibase.getDatabaseChangeLog());
                }
                switch (task.getProperty("command")) {
                    case UPDATE -> update(liquibase);
                    case BASELINE -> baseline(liquibase);
                    case PENDING -> pending(liquibase);
                    case UNDO_PLAN -> tellTakenBack(liquibase);
                    case UNDO -> {
                        breakOwnLocks(liquibase);
                        tellTakenBack(liquibase);
                        new RunChangeSets(liquibase).undo(task.getProperty(TO));
                    }
                    case PARSE ->
                        liquibase.getDatabaseChangeLog().validate(database, new Contexts(), new LabelExpression());
                    default -> validate(liquibase);
                }
            }
            return 0;
        } catch (Exception e) {
            SQLException sql = sqlCause(e);
            String failed = failedStatement(e);
            out.println(ERROR
                    + (failed == null || sql == null ? oneLine(sql == null ? e : sql, e) : failed + shortened(sql)));
            return sql != null && LOCK_NOT_AVAILABLE.equals(sql.getSQLState()) ? GAVE_WAY : FAILED;
        }
    }

    /** One process at a time works on a schema: whoever holds this lock knows that no other one of ours is alive. */
    private void prepare(Connection connection) throws SQLException {
        String schema = task.getProperty("schema");
        String quoted = SqlText.identifier(schema);
        try (PreparedStatement lock =
                        connection.prepareStatement("SELECT pg_advisory_lock(hashtextextended('cutover ' || ?, 0))");
                Statement statement = connection.createStatement()) {
            statement.execute(SETTINGS);
            lock.setString(1, schema);
            lock.execute();
            if (!READING.contains(task.getProperty("command"))) {
                statement.execute("CREATE SCHEMA IF NOT EXISTS " + quoted);
            }
            statement.execute("SET search_path = " + quoted + ", public");
            statement.execute("SET lock_timeout = '" + task.getProperty("lockTimeout") + "'");
        }
    }

    private void update(Liquibase liquibase) throws LiquibaseException, SQLException {
        breakOwnLocks(liquibase);
        List<ChangeSet> toCome = liquibase.listUnrunChangeSets(new Contexts(), new LabelExpression());
        boolean concurrent =
                toCome.stream().anyMatch(set -> ConcurrentStatements.in(ChangeSetSql.of(set, liquibase.getDatabase())));
        if (concurrent) {
            updateEach(liquibase, toCome);
        } else {
            liquibase.update(new Contexts());
        }
        out.println(APPLIED + toCome.size());
    }

    /** A statement that builds an index concurrently may wait for longer, since nobody queues up behind it. */
    private void updateEach(Liquibase liquibase, List<ChangeSet> toCome) throws LiquibaseException, SQLException {
        Connection connection = ((JdbcConnection) liquibase.getDatabase().getConnection()).getUnderlyingConnection();
        for (ChangeSet set : toCome) {
            String script = ChangeSetSql.of(set, liquibase.getDatabase());
            boolean concurrent = ConcurrentStatements.in(script);
            String timeout = concurrent ? ConcurrentStatements.LOCK_TIMEOUT : task.getProperty("lockTimeout");
            connection.rollback();
            connection.setAutoCommit(true);
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET lock_timeout = '" + timeout + "'");
            }
            if (concurrent) {
                ConcurrentStatements.dropInvalid(connection, task.getProperty("schema"), script);
            }
            connection.setAutoCommit(false);
            liquibase.update(1, new Contexts(), new LabelExpression());
        }
    }

    private static void breakOwnLocks(Liquibase liquibase) throws LiquibaseException {
        for (DatabaseChangeLogLock lock : liquibase.listLocks()) {
            if (!lock.getLockedBy().contains(HOLDER)) {
                throw new LiquibaseException("the schema's change log is locked by " + lock.getLockedBy() + " since "
                        + lock.getLockGranted() + "; if no other Liquibase runs there, run liquibase release-locks");
            }
            // One of ours that was killed.
            liquibase.forceReleaseLocks();
        }
    }

    private void pending(Liquibase liquibase) throws LiquibaseException {
        for (ChangeSet set : liquibase.listUnrunChangeSets(new Contexts(), new LabelExpression())) {
            String script = ChangeSetSql.of(set, liquibase.getDatabase());
            out.println(TO_COME
                    + set.toString(false)
                    + '\t'
                    + Base64.getEncoder().encodeToString(script.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private void tellTakenBack(Liquibase liquibase) throws LiquibaseException {
        for (ChangeSet set : new RunChangeSets(liquibase).after(task.getProperty(TO))) {
            out.println(TAKEN_BACK + "rollback of " + set.toString(false));
        }
    }

    private void baseline(Liquibase liquibase) throws LiquibaseException {
        String tag = task.getProperty(TAG);
        if (tag == null) {
            liquibase.changeLogSync(new Contexts(), new LabelExpression());
            return;
        }
        boolean known = liquibase.getDatabaseChangeLog().getChangeSets().stream()
                .flatMap(changeSet -> changeSet.getChanges().stream())
                .anyMatch(change -> change instanceof TagDatabaseChange marks && tag.equals(marks.getTag()));
        if (!known) {
            throw new LiquibaseException("the change log has no tagDatabase " + tag);
        }
        liquibase.changeLogSync(tag, new Contexts(), new LabelExpression());
    }

    private void validate(Liquibase liquibase) throws LiquibaseException {
        liquibase.validate();
        for (ChangeSet missing : liquibase.listUnrunChangeSets(new Contexts(), new LabelExpression())) {
            out.println(PROBLEM + "change set " + missing.toString(false) + " has not been applied");
        }
    }

    /** The change set's file, the line in it and the statement; null if no statement has failed. */
    private @Nullable String failedStatement(Exception e) {
        Matcher whole = FAILED_SQL.matcher(String.valueOf(e.getMessage()));
        if (!whole.find()) {
            return null;
        }
        String file = whole.group(1);
        int line = FailedStatement.line(Path.of(task.getProperty("directory")).resolve(file), whole.group(3));
        return "change set " + file + "::" + whole.group(2) + " failed" + (line == 0 ? "" : " at line " + line)
                + ", statement " + FailedStatement.shown(whole.group(3)) + ": ";
    }

    private static @Nullable SQLException sqlCause(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return sql;
            }
        }
        return null;
    }

    /** The server's own message is short; Liquibase's tells which change set it was. */
    private static String oneLine(Throwable reason, Exception whole) {
        String where = shortened(whole);
        String why = shortened(reason);
        return where.contains(why) ? where : where + " " + why;
    }

    private static String shortened(Throwable e) {
        String line = String.valueOf(e.getMessage()).strip().replaceAll("\\s+", " ");
        return line.length() > LONGEST_MESSAGE ? line.substring(0, LONGEST_MESSAGE) + "..." : line;
    }
}
