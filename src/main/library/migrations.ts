import { EmendError } from '../../shared/errors'
import type { Database } from './database'

/**
 * The library's schema, one script a version, applied in order. A script that was ever released is never edited:
 * a change is a new script at the end.
 *
 * What is history (revisions, reviews, uses of models, audit) cannot be changed or deleted: triggers hold that.
 */
const scripts: readonly string[] = [
  `
  CREATE TABLE cases (
    id            TEXT PRIMARY KEY,
    content_hash  TEXT NOT NULL UNIQUE,
    title         TEXT NOT NULL,
    modality      TEXT NOT NULL,
    description   TEXT NOT NULL,
    dims          TEXT NOT NULL CHECK (json_valid(dims)),
    affine        TEXT NOT NULL CHECK (json_valid(affine)),
    schema        TEXT NOT NULL,
    warnings      TEXT NOT NULL CHECK (json_valid(warnings)),
    role          TEXT NOT NULL DEFAULT 'work' CHECK (role IN ('work', 'hold-out')),
    imported_at   TEXT NOT NULL,
    imported_by   TEXT NOT NULL,
    -- What follows points into the history; it and the role are all that changes in a case.
    revision      TEXT REFERENCES revisions (id),
    reader        TEXT,
    statuses      TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(statuses)),
    changed_at    TEXT NOT NULL
  ) STRICT;

  CREATE TABLE revisions (
    id          TEXT PRIMARY KEY,
    case_id     TEXT NOT NULL REFERENCES cases (id),
    parent      TEXT REFERENCES revisions (id),
    author      TEXT NOT NULL,
    origin      TEXT NOT NULL CHECK (origin IN ('model', 'reader', 'import', 'fusion')),
    model       TEXT,
    statuses    TEXT NOT NULL CHECK (json_valid(statuses)),
    edited      TEXT NOT NULL CHECK (json_valid(edited)),
    sha256      TEXT NOT NULL,
    created_at  TEXT NOT NULL
  ) STRICT;
  CREATE INDEX revisions_of_case ON revisions (case_id, id);

  CREATE TABLE reviews (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id    TEXT NOT NULL REFERENCES cases (id),
    revision   TEXT REFERENCES revisions (id),
    structure  TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('unreviewed', 'accepted', 'corrected', 'absent', 'rejected')),
    author     TEXT NOT NULL,
    at         TEXT NOT NULL
  ) STRICT;
  CREATE INDEX reviews_of_structure ON reviews (case_id, structure, id);

  CREATE TABLE models (
    name        TEXT NOT NULL,
    version     INTEGER NOT NULL CHECK (version >= 1),
    title       TEXT NOT NULL,
    parent      TEXT,
    created_at  TEXT NOT NULL,
    promoted    INTEGER NOT NULL CHECK (promoted IN (0, 1)),
    verdict     TEXT,
    schema      TEXT NOT NULL,
    channels    TEXT NOT NULL CHECK (json_valid(channels)),
    scores      TEXT CHECK (scores IS NULL OR json_valid(scores)),
    sha256      TEXT NOT NULL,
    PRIMARY KEY (name, version)
  ) STRICT;

  CREATE TABLE model_uses (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL,
    version  INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    author   TEXT NOT NULL,
    at       TEXT NOT NULL,
    FOREIGN KEY (name, version) REFERENCES models (name, version)
  ) STRICT;

  CREATE TABLE jobs (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    title        TEXT NOT NULL,
    case_id      TEXT,
    state        TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    progress     TEXT CHECK (progress IS NULL OR json_valid(progress)),
    outcome      TEXT,
    started_at   TEXT NOT NULL,
    finished_at  TEXT
  ) STRICT;

  CREATE TABLE audit (
    id        INTEGER PRIMARY KEY,
    at        TEXT NOT NULL,
    who       TEXT NOT NULL,
    action    TEXT NOT NULL,
    subject   TEXT,
    outcome   TEXT NOT NULL,
    previous  TEXT NOT NULL,
    hash      TEXT NOT NULL
  ) STRICT;

  CREATE TRIGGER revisions_stay BEFORE UPDATE ON revisions BEGIN SELECT RAISE(ABORT, 'revisions are append-only'); END;
  CREATE TRIGGER revisions_last BEFORE DELETE ON revisions BEGIN SELECT RAISE(ABORT, 'revisions are append-only'); END;
  CREATE TRIGGER reviews_stay BEFORE UPDATE ON reviews BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END;
  CREATE TRIGGER reviews_last BEFORE DELETE ON reviews BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END;
  CREATE TRIGGER models_stay BEFORE UPDATE ON models BEGIN SELECT RAISE(ABORT, 'models are append-only'); END;
  CREATE TRIGGER models_last BEFORE DELETE ON models BEGIN SELECT RAISE(ABORT, 'models are append-only'); END;
  CREATE TRIGGER uses_stay BEFORE UPDATE ON model_uses BEGIN SELECT RAISE(ABORT, 'uses of models are append-only'); END;
  CREATE TRIGGER uses_last BEFORE DELETE ON model_uses BEGIN SELECT RAISE(ABORT, 'uses of models are append-only'); END;
  CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
  CREATE TRIGGER audit_lasts BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
  `,
  // A gain is one only against the parent's scores on the same cases.
  `
  ALTER TABLE models ADD COLUMN hold_out TEXT;
  ALTER TABLE models ADD COLUMN parent_scores TEXT CHECK (json_valid(parent_scores));
  `,
  // Review at scale: what is known of each case's structures, what readers did and said, who may do what.
  `
  -- Derived from the current labels, so it may change: means over structures, for the worklist.
  ALTER TABLE cases ADD COLUMN doubt REAL;
  ALTER TABLE cases ADD COLUMN disagreement REAL;
  ALTER TABLE cases ADD COLUMN score REAL;
  CREATE TABLE findings (
    case_id       TEXT NOT NULL REFERENCES cases (id),
    structure     TEXT NOT NULL,
    volume_ml     REAL NOT NULL,
    doubt         REAL,
    disagreement  REAL,
    PRIMARY KEY (case_id, structure)
  ) STRICT;
  CREATE INDEX findings_by_doubt ON findings (doubt);
  CREATE INDEX findings_by_disagreement ON findings (disagreement);

  CREATE TABLE efforts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id    TEXT NOT NULL REFERENCES cases (id),
    revision   TEXT REFERENCES revisions (id),
    structure  TEXT NOT NULL,
    reader     TEXT NOT NULL,
    model      TEXT,
    voxels     INTEGER NOT NULL CHECK (voxels >= 0),
    seconds    REAL,
    dsc        REAL,
    at         TEXT NOT NULL
  ) STRICT;
  CREATE INDEX efforts_of_case ON efforts (case_id, structure, id);

  CREATE TABLE notes (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id    TEXT NOT NULL REFERENCES cases (id),
    structure  TEXT,
    kind       TEXT NOT NULL CHECK (kind IN ('comment', 'flag', 'unflag', 'reject', 'reopen', 'second-reading', 'arbitration')),
    text       TEXT NOT NULL,
    revision   TEXT REFERENCES revisions (id),
    author     TEXT NOT NULL,
    at         TEXT NOT NULL
  ) STRICT;
  CREATE INDEX notes_of_case ON notes (case_id, id);

  CREATE TABLE members (
    name  TEXT PRIMARY KEY,
    role  TEXT NOT NULL CHECK (role IN ('reader', 'arbiter', 'administrator'))
  ) STRICT;

  CREATE TABLE settings (
    name   TEXT PRIMARY KEY,
    value  TEXT NOT NULL CHECK (json_valid(value))
  ) STRICT;

  CREATE INDEX cases_by_import ON cases (imported_at DESC, id);
  CREATE INDEX audit_of_subject ON audit (subject, id);
  CREATE TRIGGER efforts_stay BEFORE UPDATE ON efforts BEGIN SELECT RAISE(ABORT, 'efforts are append-only'); END;
  CREATE TRIGGER efforts_last BEFORE DELETE ON efforts BEGIN SELECT RAISE(ABORT, 'efforts are append-only'); END;
  CREATE TRIGGER notes_stay BEFORE UPDATE ON notes BEGIN SELECT RAISE(ABORT, 'notes are append-only'); END;
  CREATE TRIGGER notes_last BEFORE DELETE ON notes BEGIN SELECT RAISE(ABORT, 'notes are append-only'); END;
  `,
  // What the watched folder brought: items by a keyed hash, since names of files are often those of patients.
  `
  CREATE TABLE intake (
    key   TEXT PRIMARY KEY,
    item  TEXT NOT NULL,
    at    TEXT NOT NULL
  ) STRICT;
  CREATE INDEX intake_of_item ON intake (item);

  CREATE TABLE intake_faults (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    item    TEXT NOT NULL,
    name    TEXT NOT NULL,
    reason  TEXT NOT NULL,
    at      TEXT NOT NULL,
    UNIQUE (item, name, reason)
  ) STRICT;
  `,
  // A case that was deleted: its files lie in the trash, its history stays.
  `
  ALTER TABLE cases ADD COLUMN removed_at TEXT;
  ALTER TABLE cases ADD COLUMN removed_by TEXT;
  `,
  // The trash was emptied: a case's files are gone, and with them those of the label revisions that it had.
  `
  ALTER TABLE cases ADD COLUMN purged_at TEXT;
  CREATE TABLE purged_revisions (id TEXT PRIMARY KEY REFERENCES revisions (id)) STRICT;
  `,
  // Where the audit's chain ends, so that entries missing from its end are seen, too; and what else a model's folder holds.
  `
  CREATE TABLE audit_end (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    id    INTEGER NOT NULL,
    hash  TEXT NOT NULL
  ) STRICT;
  INSERT INTO audit_end SELECT 1, id, hash FROM audit ORDER BY id DESC LIMIT 1;
  CREATE TRIGGER audit_grows AFTER INSERT ON audit
  BEGIN INSERT OR REPLACE INTO audit_end VALUES (1, new.id, new.hash); END;

  CREATE TABLE model_files (
    name     TEXT NOT NULL,
    version  INTEGER NOT NULL,
    file     TEXT NOT NULL,
    sha256   TEXT NOT NULL,
    PRIMARY KEY (name, version, file)
  ) STRICT;
  `,
  // So that an archive's list can say which of its series are here.
  `
  ALTER TABLE cases ADD COLUMN series_uid TEXT;
  CREATE INDEX cases_by_series ON cases (series_uid);
  `,
  // A case may get another schema: labels by the one that it had stay in its history, and are no longer read.
  `
  CREATE TABLE former_labels (
    revision  TEXT PRIMARY KEY REFERENCES revisions (id),
    schema    TEXT NOT NULL
  ) STRICT;
  `,
  // So that a search by the day of the examination reads no files: 'YYYY-MM-DD', empty where none is known, null where not looked up yet.
  `
  ALTER TABLE cases ADD COLUMN study_date TEXT;
  `,
  // So that lists of thousands of cases are quick: findings lie by case and structure, without the indexes that no question
  // uses; and who said something of a case is found without looking at all that was said.
  `
  CREATE TABLE findings_by_case (
    case_id       TEXT NOT NULL REFERENCES cases (id),
    structure     TEXT NOT NULL,
    volume_ml     REAL NOT NULL,
    doubt         REAL,
    disagreement  REAL,
    PRIMARY KEY (case_id, structure)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO findings_by_case SELECT case_id, structure, volume_ml, doubt, disagreement FROM findings;
  DROP TABLE findings;
  ALTER TABLE findings_by_case RENAME TO findings;
  CREATE INDEX reviews_of_author ON reviews (case_id, author);
  `,
]

/** The schema version that this Emend writes. */
export const SCHEMA_VERSION = scripts.length

/**
 * Brings a database to the newest schema, script by script, each in a transaction of its own.
 *
 * @throws EmendError where a newer Emend made the database: writing with an old schema could lose what it does not know.
 */
export function migrate(database: Database, path: string): void {
  database.script('CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, at TEXT NOT NULL) STRICT')
  const found = schemaVersion(database)
  if (found > SCHEMA_VERSION) {
    throw new EmendError(
      `${path} was made by a newer Emend (library version ${found}, this one knows ${SCHEMA_VERSION})`,
      {
        hint: 'open it with the newer Emend',
      },
    )
  }
  scripts.forEach((script, index) => {
    const version = index + 1
    if (version <= found) return
    database.transaction(() => {
      // Two processes may open a new library at once: the second finds the work done.
      if (schemaVersion(database) >= version) return
      database.script(script)
      database.run('INSERT INTO migrations (version, at) VALUES (?, ?)', version, new Date().toISOString())
    })
  })
}

/** @throws EmendError where a database that may not be changed now is of another version than this Emend's. */
export function requireCurrentSchema(database: Database, path: string): void {
  const found = database.get("SELECT name FROM sqlite_master WHERE name = 'migrations'") ? schemaVersion(database) : 0
  if (found === SCHEMA_VERSION) return
  const [made, hint] =
    found > SCHEMA_VERSION
      ? ['a newer', 'open it with the newer Emend']
      : ['an older', 'open it once with the window or a command that writes, which brings it up to date']
  throw new EmendError(
    `${path} was made by ${made} Emend (library version ${found}, this one reads ${SCHEMA_VERSION})`,
    {
      hint,
    },
  )
}

/** The version of an open database, 0 where it is new. */
export function schemaVersion(database: Database): number {
  return database.get<{ version: number | null }>('SELECT max(version) AS version FROM migrations')?.version ?? 0
}
