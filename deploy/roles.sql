-- The two roles of Yihu on a PostgreSQL of your own, once, as its superuser.
-- The owner makes the tables, dumps them, and restores on trial into a database of its own; the
-- application's role serves and owns nothing.
CREATE ROLE yihu_owner LOGIN CREATEDB PASSWORD 'change-me-owner';
CREATE ROLE yihu_app LOGIN NOINHERIT PASSWORD 'change-me-app';
CREATE DATABASE yihu OWNER yihu_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
