// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.orm;

import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import java.math.BigDecimal;
import java.time.Instant;

/** An entity whose identity comes from a sequence, so that its inserts are batched. */
@Entity
@Table(name = "hibernate_book")
class Book {
    @Id
    @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "book")
    @SequenceGenerator(name = "book", sequenceName = "hibernate_book_seq", allocationSize = 10)
    Long id;

    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "author")
    Author author;

    String title;
    BigDecimal price;
    Instant published;

    Book() {}

    Book(Author author, String title, BigDecimal price) {
        this.author = author;
        this.title = title;
        this.price = price;
        this.published = Instant.EPOCH;
    }
}
