-- Times are epoch milliseconds. Lanes: 1 = didcomm, 2 = decentrl (a registration's `lanes` is their sum).

CREATE TABLE registration (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- its mailbox's id, too; never given twice
  did TEXT NOT NULL UNIQUE,
  full_did TEXT NOT NULL, -- the same DID in a form that can be resolved: did:peer:4 is kept by its short form
  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'suspended', 'revoked')),
  lanes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  rotated_at INTEGER NOT NULL DEFAULT 0 -- when its owner says it took this DID in place of another
) STRICT;

-- What a mailbox holds, apart from the registration so that the rows every deposit touches lie close together.
CREATE TABLE mailbox (
  id INTEGER PRIMARY KEY REFERENCES registration (id),
  messages INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A released address stays as long as messages wait that were deposited for it: they still have to say its name.
CREATE TABLE address (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  mailbox INTEGER NOT NULL REFERENCES registration (id),
  lane INTEGER NOT NULL,
  released INTEGER NOT NULL DEFAULT 0,
  did TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX address_bound ON address (lane, did) WHERE released = 0;
CREATE INDEX address_mailbox ON address (mailbox, lane) WHERE released = 0;
CREATE INDEX address_released ON address (mailbox) WHERE released = 1;

CREATE TABLE alias (
  lane INTEGER NOT NULL,
  name TEXT NOT NULL,
  address INTEGER NOT NULL REFERENCES address (id),
  PRIMARY KEY (lane, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_address ON alias (address);

-- AUTOINCREMENT remembers the highest seq ever given, whatever was deleted since. No foreign keys and the content last:
-- every deposit writes here, and what waits in a mailbox is counted from the index alone.
CREATE TABLE message (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  mailbox INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  address INTEGER NOT NULL,
  tag TEXT NOT NULL, -- the random half of the id
  size INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  sender TEXT,
  content TEXT NOT NULL
) STRICT;
CREATE INDEX message_waiting ON message (mailbox, lane, seq, address, expires_at, size);
CREATE INDEX message_expiry ON message (expires_at);

-- 64 bits of a hash over a message's fingerprint and its address: deposited before, and not to be kept twice until then.
CREATE TABLE seen (
  mark INTEGER PRIMARY KEY,
  until INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_until ON ledger (until);

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL
) STRICT;
