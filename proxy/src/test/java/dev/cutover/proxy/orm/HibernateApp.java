// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.orm;

import java.math.BigDecimal;
import java.util.List;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;
import org.hibernate.cfg.Configuration;

/** What applications do with Hibernate: entities that come, change and go, batches, bulk statements in HQL. */
final class HibernateApp {
    private HibernateApp() {}

    static void run(String url, String user, String password) {
        Configuration configuration = new Configuration()
                .addAnnotatedClass(Author.class)
                .addAnnotatedClass(Book.class)
                .setProperty("hibernate.connection.url", url)
                .setProperty("hibernate.connection.username", user)
                .setProperty("hibernate.connection.password", password)
                .setProperty("hibernate.jdbc.batch_size", "20")
                .setProperty("hibernate.order_inserts", "true");
        try (SessionFactory factory = configuration.buildSessionFactory()) {
            entities(factory);
            bulk(factory);
            stateless(factory);
        }
    }

    private static void entities(SessionFactory factory) {
        for (int i = 0; i < 10; i++) {
            String name = "Author " + i;
            Long id = factory.fromTransaction(session -> {
                Author author = new Author(name);
                author.tags.add("new");
                author.tags.add("first");
                for (int j = 0; j < 5; j++) {
                    author.books.add(new Book(author, name + ", volume " + j, new BigDecimal("9.99")));
                }
                session.persist(author);
                return author.id;
            });
            factory.inTransaction(session -> {
                Author author = session.find(Author.class, id);
                author.name = name + " the Elder";
                author.tags.remove("new");
                author.tags.add("read");
                author.books.remove(0);
                author.books.get(0).price = new BigDecimal("4.50");
            });
            if (i % 3 == 0) {
                factory.inTransaction(session -> session.remove(session.find(Author.class, id)));
            }
        }
        factory.inTransaction(session -> {
            Author detached = session.createSelectionQuery("from Author order by id", Author.class)
                    .setMaxResults(1)
                    .getSingleResult();
            session.detach(detached);
            detached.name = "Merged";
            session.merge(detached);
        });
    }

    private static void bulk(SessionFactory factory) {
        factory.inTransaction(session -> {
            for (String hql : List.of(
                    "update Book set price = price * 1.1 where author.name like 'Author%'",
                    "update Author a set a.name = upper(a.name) where size(a.books) > 2",
                    "delete from Book b where b.price > 1000",
                    "delete from Book b where b.author.id in (select a.id from Author a where a.name = 'Nobody')",
                    "insert into Book (id, title, price) values (-1, 'By hand', 1.5)",
                    "insert into Book (id, title, price) select -b.id - 10, b.title, b.price from Book b where b.id > 0",
                    "insert into Book (id, title) values (-1, 'Again') on conflict (id) do update set title = excluded.title")) {
                session.createMutationQuery(hql).executeUpdate();
            }
        });
    }

    private static void stateless(SessionFactory factory) {
        try (StatelessSession session = factory.openStatelessSession()) {
            session.beginTransaction();
            Author author = new Author("Stateless");
            session.insert(author);
            author.name = "Stateless, changed";
            session.update(author);
            session.delete(author);
            session.getTransaction().commit();
        }
    }
}
