"""`flush`, which follows each test that commits: Django's own spends half a second on a hundred empty tables."""

from typing import Any

from django.core.management.commands import flush
from django.db import connections

# Rows only: permissions and content types are the migrations' and stay. Without foreign keys and triggers
# (`replica`) tables may be emptied in any order.
EMPTY = """
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN
        SELECT oid::regclass::text FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
          AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
    LOOP
        EXECUTE 'DELETE FROM ' || name;
    END LOOP;
    FOR name IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'kept'::regnamespace
    LOOP
        EXECUTE format('INSERT INTO public.%1$I TABLE kept.%1$I', name);
    END LOOP;
END $$
"""


class Command(flush.Command):
    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Empty every table that has rows; our own queue's too, which Django does not know. The ground stays."""
        with connections[options["database"]].cursor() as cursor:
            cursor.execute(EMPTY)
