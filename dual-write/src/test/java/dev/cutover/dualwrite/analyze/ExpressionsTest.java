// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpressionsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    price | price
                    ` price ` | price
                    Price | price
                    "Price" | Price
                    "a ""b"" c" | a "b" c
                    "part.price" | part.price
                    price::int |
                    round(price) |
                    price + 1 |
                    'price' |
                    1 |""")
    void onlyOneNameIsAColumn(String expression, String column) {
        assertEquals(Optional.ofNullable(column), Expressions.bareColumn(expression));
    }
}
