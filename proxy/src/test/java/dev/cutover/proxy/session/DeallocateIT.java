// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** DEALLOCATE, sent in every way in which drivers send it, is answered as by the server itself. */
@ExtendWith(PostgresExtension.class)
final class DeallocateIT {
    private TestDatabase database;
    private ProxyFixture proxy;

    /** What a client does, and what it was told. */
    private enum Script {
        /** psycopg 3 does this when it has prepared a hundred statements. */
        BY_THE_EXTENDED_PROTOCOL {
            @Override
            void run(Client client) throws IOException {
                client.prepare("s", "SELECT 7");
                client.extended("DEALLOCATE s");
                client.execute("s");
                client.prepare("s", "SELECT 8");
                client.execute("s");
            }
        },
        ALL_BY_THE_EXTENDED_PROTOCOL {
            @Override
            void run(Client client) throws IOException {
                client.prepare("s", "SELECT 7");
                client.prepare("t", "SELECT 8");
                client.extended("DEALLOCATE ALL");
                client.execute("s");
                client.execute("t");
                client.prepare("s", "SELECT 9");
                client.execute("s");
            }
        },
        AND_PREPARED_AGAIN_IN_ONE_PIPELINE {
            @Override
            void run(Client client) throws IOException {
                client.prepare("s", "SELECT 7");
                client.raw.parse("", "DEALLOCATE s").bind("", "").execute("");
                client.raw.parse("s", "SELECT 8").bind("", "s").execute("").sync();
                client.answer();
                client.execute("s");
            }
        },
        ALL_AND_PREPARED_AGAIN_IN_ONE_PIPELINE {
            @Override
            void run(Client client) throws IOException {
                client.prepare("s", "SELECT 7");
                client.raw.parse("", "DEALLOCATE ALL").bind("", "").execute("");
                client.raw.parse("s", "SELECT 8").bind("", "s").execute("");
                client.raw.parse("t", "SELECT 9").bind("", "t").execute("").sync();
                client.answer();
                client.execute("s");
                client.execute("t");
            }
        },
        ALL_BY_A_SIMPLE_QUERY_IN_A_PIPELINE {
            @Override
            void run(Client client) throws IOException {
                client.prepare("s", "SELECT 7");
                client.raw.query("DEALLOCATE ALL");
                client.raw.parse("s", "SELECT 8").bind("", "s").execute("");
                client.raw.parse("t", "SELECT 9").bind("", "t").execute("").sync();
                client.answer();
                client.answer();
                client.execute("s");
                client.execute("t");
            }
        },
        OF_WHAT_IS_NOT_THERE {
            @Override
            void run(Client client) throws IOException {
                client.extended("DEALLOCATE s");
                client.query("DEALLOCATE s");
                client.extended("DEALLOCATE ALL");
                client.query("DEALLOCATE PREPARE ALL");
            }
        },
        BY_A_STATEMENT_THAT_IS_PREPARED_ITSELF {
            @Override
            void run(Client client) throws IOException {
                client.prepare("d", "DEALLOCATE PREPARE s");
                client.prepare("s", "SELECT 7");
                client.execute("d");
                client.execute("d");
                client.prepare("s", "SELECT 8");
                client.execute("s");
                client.execute("d");
                client.execute("s");
            }
        },
        BEHIND_AN_ERROR {
            @Override
            void run(Client client) throws IOException {
                client.prepare("s", "SELECT 7");
                client.raw.parse("", "SELECT 1/0").bind("", "").execute("");
                client.raw.parse("", "DEALLOCATE s").bind("", "").execute("").sync();
                client.answer();
                client.execute("s");
                client.raw.parse("", "SELECT 1/0").bind("", "").execute("");
                client.raw.parse("", "DEALLOCATE ALL").bind("", "").execute("").sync();
                client.answer();
                client.execute("s");
            }
        },
        IN_A_BLOCK_THAT_IS_ROLLED_BACK {
            @Override
            void run(Client client) throws IOException {
                client.prepare("s", "SELECT 7");
                client.query("BEGIN");
                client.extended("DEALLOCATE s");
                client.query("ROLLBACK");
                client.execute("s");
            }
        },
        IN_A_BLOCK_THAT_HAS_FAILED {
            @Override
            void run(Client client) throws IOException {
                client.prepare("s", "SELECT 7");
                client.query("BEGIN");
                client.query("SELECT 1/0");
                client.extended("DEALLOCATE s");
                client.query("DEALLOCATE ALL");
                client.query("ROLLBACK");
                client.execute("s");
            }
        },
        OF_WHAT_SQL_HAS_PREPARED {
            @Override
            void run(Client client) throws IOException {
                client.query("PREPARE p AS SELECT 7");
                client.prepare("s", "SELECT 8");
                client.extended("DEALLOCATE p");
                client.query("EXECUTE p");
                client.query("PREPARE p AS SELECT 9");
                client.extended("DEALLOCATE ALL");
                client.query("EXECUTE p");
                client.execute("s");
            }
        },
        SEVERAL_IN_ONE_QUERY {
            @Override
            void run(Client client) throws IOException {
                client.prepare("s", "SELECT 7");
                client.prepare("t", "SELECT 8");
                client.query("PREPARE p AS SELECT 7");
                client.query("DEALLOCATE s; SELECT 1; DEALLOCATE PREPARE p; DEALLOCATE t");
                client.execute("s");
                client.execute("t");
                client.query("EXECUTE p");
                client.prepare("s", "SELECT 9");
                client.query("DEALLOCATE s; DEALLOCATE t");
                client.execute("s");
            }
        },
        SKIPPED_BEFORE_ITS_NAME_IS_PREPARED_AGAIN {
            @Override
            void run(Client client) throws IOException {
                client.prepare("s", "SELECT 7");
                client.failing("DEALLOCATE s");
                client.raw.parse("s", "SELECT 8").sync();
                client.answer();
                client.execute("s");
                client.failing("DEALLOCATE s");
                client.raw.sync().parse("s", "SELECT 8").sync();
                client.answer();
                client.answer();
                client.execute("s");
            }
        },
        SKIPPED_WITH_THE_STATEMENT {
            @Override
            void run(Client client) throws IOException {
                client.raw.parse("", "SELECT 1/0").bind("", "").execute("");
                client.raw.parse("s", "SELECT 7").bind("", "s").execute("");
                client.raw.parse("", "DEALLOCATE s").bind("", "").execute("").sync();
                client.answer();
                client.execute("s");
                client.prepare("s", "SELECT 8");
                client.execute("s");
            }
        },
        /** Close has the same question: is the statement gone? */
        A_CLOSE_THAT_IS_SKIPPED {
            @Override
            void run(Client client) throws IOException {
                client.raw
                        .parse("s", "SELEC 1")
                        .bind("", "s")
                        .execute("")
                        .closeStatement("s")
                        .sync();
                client.answer();
                client.prepare("s", "SELECT 7");
                client.execute("s");
                client.raw.parse("", "SELECT 1/0").bind("", "").execute("").closeStatement("s");
                client.raw.parse("s", "SELECT 8").sync();
                client.answer();
                client.execute("s");
                client.raw
                        .parse("", "SELECT 1/0")
                        .bind("", "")
                        .execute("")
                        .closeStatement("s")
                        .sync();
                client.raw.parse("s", "SELECT 8").sync();
                client.answer();
                client.answer();
                client.execute("s");
            }
        },
        FAILED_BEFORE_A_PARSE_IN_ONE_WRITE {
            @Override
            void run(Client client) throws IOException {
                client.prepare("s", "SELECT 7");
                client.query("BEGIN");
                client.query("SELECT 1/0");
                client.raw.query("DEALLOCATE s").parse("s", "SELECT 8").sync();
                client.answer();
                client.answer();
                client.query("ROLLBACK");
                client.execute("s");
            }
        },
        ALL_BESIDE_SQL_PREPARED_ONES_IN_A_PIPELINE {
            @Override
            void run(Client client) throws IOException {
                client.query("PREPARE p AS SELECT 7");
                client.prepare("s", "SELECT 8");
                client.raw.parse("", "DEALLOCATE ALL").bind("", "").execute("");
                client.raw.parse("z", "SELECT 9").bind("", "z").execute("");
                client.raw.parse("s", "SELECT 10").bind("", "s").execute("").sync();
                client.answer();
                client.execute("z");
                client.execute("s");
                client.query("PREPARE p AS SELECT 11");
                client.raw
                        .query("DEALLOCATE ALL")
                        .parse("y", "SELECT 12")
                        .bind("", "y")
                        .execute("")
                        .sync();
                client.answer();
                client.answer();
                client.execute("y");
                client.prepare("z", "SELECT 13");
                client.execute("z");
            }
        },
        BEHIND_A_PREPARE_IN_ONE_WRITE {
            @Override
            void run(Client client) throws IOException {
                client.raw
                        .query("PREPARE p AS SELECT 7")
                        .query("DEALLOCATE ALL")
                        .query("PREPARE p AS SELECT 8");
                client.answer();
                client.answer();
                client.answer();
                client.query("EXECUTE p");
                client.raw.query("DEALLOCATE p").query("PREPARE p AS SELECT 9");
                client.answer();
                client.answer();
                client.query("EXECUTE p");
                client.raw.parse("", "PREPARE q AS SELECT 7").bind("", "").execute("");
                client.raw.parse("", "DEALLOCATE ALL").bind("", "").execute("").sync();
                client.answer();
                client.query("EXECUTE q");
            }
        },
        ALL_ON_A_BACKEND_OF_ONES_OWN {
            @Override
            void run(Client client) throws IOException {
                client.query("CREATE TEMP TABLE mine (id int)");
                client.prepare("s", "SELECT 7");
                client.raw.query("DEALLOCATE ALL").parse("z", "SELECT 8").sync();
                client.answer();
                client.answer();
                client.execute("z");
                client.execute("s");
                client.query("DROP TABLE mine");
            }
        },
        TWICE_IN_ONE_QUERY {
            @Override
            void run(Client client) throws IOException {
                client.prepare("s", "SELECT 7");
                client.query("DEALLOCATE s; DEALLOCATE s");
                client.prepare("t", "SELECT 8");
                client.query("DEALLOCATE ALL; DEALLOCATE t");
                client.prepare("t", "SELECT 9");
                client.execute("t");
            }
        },
        OF_NAMES_IN_QUOTES {
            @Override
            void run(Client client) throws IOException {
                client.prepare("S \"1\"", "SELECT 7");
                client.prepare("s", "SELECT 8");
                client.extended("DEALLOCATE \"S \"\"1\"\"\"");
                client.execute("S \"1\"");
                client.extended("DEALLOCATE S");
                client.execute("s");
            }
        };

        abstract void run(Client client) throws IOException;
    }

    private record Client(RawClient raw, List<String> told) {
        void answer() throws IOException {
            told.add(raw.summary());
        }

        /** Without the Sync. */
        void failing(String sql) throws IOException {
            raw.parse("", "SELECT 1/0").bind("", "").execute("");
            raw.parse("", sql).bind("", "").execute("");
        }

        void prepare(String name, String sql) throws IOException {
            raw.parse(name, sql).sync();
            answer();
        }

        void extended(String sql) throws IOException {
            raw.parse("", sql).bind("", "").describePortal("").execute("").sync();
            answer();
        }

        void execute(String name) throws IOException {
            raw.bind("", name).execute("").sync();
            answer();
        }

        void query(String sql) throws IOException {
            raw.query(sql);
            answer();
        }
    }

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 1, Planners.unmirrored());
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @ParameterizedTest
    @EnumSource
    void isAnsweredAsByTheServer(Script script) throws IOException {
        List<String> direct = told(script, database.server().port(), database.name());

        // The second one comes to a backend that has the first one's statements.
        assertEquals(direct, told(script, proxy.port(), ProxyFixture.TENANT));
        assertEquals(direct, told(script, proxy.port(), ProxyFixture.TENANT));
    }

    private List<String> told(Script script, int port, String databaseName) throws IOException {
        try (RawClient raw = RawClient.login(port, database.server().user(), databaseName)) {
            Client client = new Client(raw, new ArrayList<>());
            script.run(client);
            return client.told();
        }
    }
}
