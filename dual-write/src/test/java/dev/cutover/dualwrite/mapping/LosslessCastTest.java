// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mapping;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LosslessCastTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    integer | bigint | false
                    bigint | integer | false
                    bigint | numeric(10,2) | false
                    numeric | integer | true
                    numeric | numeric(10,2) | true
                    numeric(10,3) | numeric(12,2) | true
                    numeric(10,2) | numeric(12,4) | false
                    numeric(10,2) | numeric | false
                    double precision | numeric | true
                    double precision | real | true
                    real | double precision | false
                    bigint | double precision | true
                    integer | double precision | false
                    integer | real | true
                    numeric(12,4) | money | true
                    money | numeric | false
                    numeric[] | numeric(10,2)[] | true
                    timestamp without time zone | timestamp(0) without time zone | true
                    timestamp(0) without time zone | timestamp without time zone | false
                    timestamp(3) with time zone | timestamp(0) with time zone | true
                    timestamp without time zone | date | true
                    text | numeric(10,2) | true
                    text | numeric | false
                    character varying(20) | date | true
                    text | timestamp(0) without time zone | true
                    text | timestamp without time zone | false
                    jsonb | integer | true
                    jsonb | boolean | false
                    integer | numeric(3,-2) | true
                    bigint | money | false
                    date | timestamp without time zone | false
                    time(3) without time zone | time(0) without time zone | true
                    interval | interval(0) | true
                    interval | interval day to second(2) | true
                    interval day to second(2) | interval | false
                    text | name | true
                    name | text | false
                    text | "char" | true
                    inet | cidr | true
                    cidr | inet | false
                    integer | boolean | true
                    bit(8) | bit(4) | true
                    text | character varying(20) | false
                    json | jsonb | false
                    v1.mood | text | false
                    text | text | false""")
    void onlyCastsThatChangeValuesAreGuarded(String from, String to, boolean mayLose) {
        assertEquals(mayLose, LosslessCast.mayLose(from, to));
    }
}
