import os

DATA_DIR = os.environ["HOME"] + "/pgadmin"
LOG_FILE = DATA_DIR + "/pgadmin4.log"
SQLITE_PATH = DATA_DIR + "/pgadmin4.db"
SESSION_DB_PATH = DATA_DIR + "/sessions"
STORAGE_DIR = DATA_DIR + "/storage"
AZURE_CREDENTIAL_CACHE_DIR = DATA_DIR + "/azurecredentialcache"
KERBEROS_CCACHE_DIR = DATA_DIR + "/kerberoscache"
