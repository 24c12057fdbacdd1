"""The tables of a Supabase, as a school has them there."""

from __future__ import annotations

TABLES = """
CREATE SCHEMA auth;
CREATE TYPE auth.aal_level AS ENUM ('aal1', 'aal2');
CREATE TABLE auth.users (
    instance_id uuid, id uuid PRIMARY KEY, email varchar(255), encrypted_password varchar(255),
    email_confirmed_at timestamptz, raw_user_meta_data jsonb, level auth.aal_level, created_at timestamptz,
    deleted_at timestamptz
);
CREATE TABLE public.courses (
    id uuid PRIMARY KEY, title text, slug text, description text, price numeric(10, 2), is_published boolean
);
CREATE TABLE public.lessons (id uuid PRIMARY KEY, course_id uuid, title text, content text, order_index int);
CREATE TABLE public.payments (
    id uuid PRIMARY KEY, user_id uuid, course_id uuid, amount numeric(10, 2), currency text, status text,
    payment_method text, ikhokha_paylink_id text, created_at timestamptz
);
CREATE TABLE public.enrollments (
    id uuid PRIMARY KEY, user_id uuid, course_id uuid, status text, payment_id uuid, enrolled_at timestamptz
);
CREATE FUNCTION public.decoy() RETURNS text LANGUAGE sql AS $fn$
SELECT '
COPY public.courses (id, title) FROM stdin;
decoy	Decoy
\\.
' $fn$;
"""
NAMES = ("auth.users", "public.courses", "public.lessons", "public.payments", "public.enrollments")
