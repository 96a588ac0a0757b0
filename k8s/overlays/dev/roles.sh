# Read by the entry point of PostgreSQL's image, once, when the database is made: the services are nobody's superuser, and
# the one that there is cannot log in over the network.
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --quiet -v password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE parlor LOGIN PASSWORD :'password';
ALTER DATABASE parlor OWNER TO parlor;
ALTER ROLE postgres PASSWORD NULL;
SQL
