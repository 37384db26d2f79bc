-- As Django's ORM writes.
BEGIN
INSERT INTO "django_entry" ("headline", "body_text", "pub_date", "rating", "meta") VALUES ('New Lennon Biography', '', '2024-05-01'::date, 5, '{"a": 1}'::jsonb) RETURNING "django_entry"."id"
INSERT INTO "django_entry" ("headline", "body_text", "pub_date", "rating", "meta") VALUES ('One', 'x', '2024-05-02'::date, 1, NULL), ('Two', 'y', '2024-05-03'::date, 2, NULL) RETURNING "django_entry"."id"
INSERT INTO "django_entry" ("id", "headline", "body_text", "rating") VALUES (1, 'Upserted', '', 3) ON CONFLICT("id") DO UPDATE SET "headline" = EXCLUDED."headline", "rating" = EXCLUDED."rating"
INSERT INTO "django_entry" ("id", "headline", "body_text", "rating") VALUES (1, 'Ignored', '', 3) ON CONFLICT DO NOTHING
COMMIT
UPDATE "django_entry" SET "headline" = 'Changed', "body_text" = 'text', "pub_date" = '2024-06-01'::date, "rating" = 4 WHERE "django_entry"."id" = 1
UPDATE "django_entry" SET "rating" = ("django_entry"."rating" + 1) WHERE "django_entry"."id" IN (1, 2, 3)
UPDATE "django_entry" SET "rating" = CASE WHEN ("django_entry"."id" = 1) THEN 9 WHEN ("django_entry"."id" = 2) THEN 8 ELSE NULL END WHERE "django_entry"."id" IN (1, 2)
UPDATE "django_entry" SET "headline" = UPPER("django_entry"."headline"), "rating" = COALESCE("django_entry"."rating", 0) WHERE "django_entry"."pub_date" BETWEEN '2024-01-01'::date AND '2024-12-31'::date
UPDATE "django_entry" SET "rating" = (SELECT COUNT(U0."id") AS "n" FROM "django_comment" U0 WHERE U0."entry_id" = ("django_entry"."id")) WHERE "django_entry"."headline"::text LIKE UPPER('%new%')
INSERT INTO "django_comment" ("entry_id", "author", "text", "created") VALUES (1, 'ann', 'first', '2024-05-01T10:00:00+00:00'::timestamptz) RETURNING "django_comment"."id"
INSERT INTO "django_comment" ("entry_id", "author", "text", "created") VALUES (1, 'bob', 'second', NULL) RETURNING "django_comment"."id", "django_comment"."created"
DELETE FROM "django_comment" WHERE "django_comment"."entry_id" IN (2, 3)
DELETE FROM "django_comment" WHERE "django_comment"."id" IN (SELECT U0."id" FROM "django_comment" U0 INNER JOIN "django_entry" U1 ON (U0."entry_id" = U1."id") WHERE U1."rating" > 100)
DELETE FROM "django_entry" WHERE ("django_entry"."rating" < 0 AND NOT ("django_entry"."headline" = ''))
DELETE FROM "django_entry" WHERE "django_entry"."id" IN (3)
-- As Rails' Active Record writes.
BEGIN
INSERT INTO "rails_posts" ("title", "body", "published", "created_at", "updated_at") VALUES ('Hello', 'World', TRUE, '2024-05-01 10:00:00.123456', '2024-05-01 10:00:00.123456') RETURNING "id"
INSERT INTO "rails_posts" ("title","created_at","updated_at") VALUES ('a', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP), ('b', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP) ON CONFLICT  DO NOTHING RETURNING "id"
INSERT INTO "rails_posts" ("id","title","updated_at") VALUES (1, 'upserted', CURRENT_TIMESTAMP) ON CONFLICT ("id") DO UPDATE SET updated_at=(CASE WHEN ("rails_posts"."title" IS NOT DISTINCT FROM excluded."title") THEN "rails_posts".updated_at ELSE CURRENT_TIMESTAMP END),"title"=excluded."title" RETURNING "id"
COMMIT
UPDATE "rails_posts" SET "title" = 'Hello again', "updated_at" = '2024-05-02 10:00:00' WHERE "rails_posts"."id" = 1 /*controller:posts,action:update*/
UPDATE "rails_posts" SET "likes" = COALESCE("rails_posts"."likes", 0) + 1, "updated_at" = '2024-05-02 10:00:00' WHERE "rails_posts"."id" = 1
UPDATE "rails_posts" SET "published" = FALSE WHERE "rails_posts"."id" IN (SELECT "rails_posts"."id" FROM "rails_posts" WHERE "rails_posts"."published" = TRUE ORDER BY "rails_posts"."created_at" ASC LIMIT 10)
UPDATE "rails_posts" SET "lock_version" = 1, "body" = 'x' WHERE "rails_posts"."id" = 1 AND "rails_posts"."lock_version" = 0
DELETE FROM "rails_posts" WHERE "rails_posts"."id" = 2
DELETE FROM "rails_posts" WHERE "rails_posts"."id" IN (SELECT "rails_posts"."id" FROM "rails_posts" WHERE "rails_posts"."title" = 'b' LIMIT 1)
