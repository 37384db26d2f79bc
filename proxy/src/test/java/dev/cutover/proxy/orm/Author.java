// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.orm;

import jakarta.persistence.CascadeType;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.OneToMany;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** An entity as applications have them: an identity, a version, a collection of values and one of entities. */
@Entity
@Table(name = "hibernate_author")
class Author {
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    Long id;

    @Version
    int version;

    String name;

    @ElementCollection
    @CollectionTable(name = "hibernate_tag", joinColumns = @JoinColumn(name = "author"))
    @Column(name = "tag")
    Set<String> tags = new HashSet<>();

    @OneToMany(mappedBy = "author", cascade = CascadeType.ALL, orphanRemoval = true)
    List<Book> books = new ArrayList<>();

    Author() {}

    Author(String name) {
        this.name = name;
    }
}
