-- Times are epoch milliseconds. Lanes: 1 = didcomm, 2 = decentrl (a registration's `lanes` is their sum).

CREATE TABLE registration (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- its mailbox's id, too; never given twice
  did TEXT NOT NULL UNIQUE,
  full_did TEXT NOT NULL, -- the same DID in a form that can be resolved: did:peer:4 is kept by its short form
  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'suspended', 'revoked')),
  lanes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  rotated_at INTEGER NOT NULL DEFAULT 0, -- when its owner says it took this DID in place of another
  expires_at INTEGER, -- when a request that nobody has answered is forgotten
  successor INTEGER REFERENCES registration (id), -- whose owner had this DID before: the row only keeps it from asking
  own INTEGER NOT NULL DEFAULT 0, -- 1: the mediator's
  invite TEXT, -- the beginning of an invite's id
  label TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',
  words TEXT NOT NULL -- DID, label and note in lower case, to be searched
) STRICT;
CREATE INDEX registration_state ON registration (state) WHERE own = 0 AND successor IS NULL;
-- A search walks through all of them: here they lie closer together than in the table.
CREATE INDEX registration_words ON registration (words, state, lanes) WHERE own = 0 AND successor IS NULL;
CREATE INDEX registration_waiting ON registration (expires_at) WHERE state = 'pending';
CREATE INDEX registration_own ON registration (own) WHERE own = 1;
CREATE INDEX registration_before ON registration (successor) WHERE successor IS NOT NULL;

-- How many items a mailbox and its owner's archive hold together, and how large they are; apart from the
-- registration so that the rows every deposit touches lie close together.
CREATE TABLE mailbox (
  id INTEGER PRIMARY KEY REFERENCES registration (id),
  open INTEGER NOT NULL DEFAULT 0, -- 1 while the registration is approved: only then mail comes in and goes out
  messages INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  newest INTEGER NOT NULL DEFAULT 0, -- the seq of the last message that was kept, whether or not it still waits
  max_messages INTEGER, -- instead of what is configured
  max_bytes INTEGER,
  seen_at INTEGER, -- when its owner last proved itself
  generation INTEGER, -- of the mediator's keys, to which its owner last wrote
  idle_since INTEGER NOT NULL DEFAULT 0, -- that, or when it was opened if that is later
  prune_at INTEGER -- when it will be forgotten for being idle
) STRICT;
CREATE INDEX mailbox_idle ON mailbox (idle_since) WHERE open = 1;
CREATE INDEX mailbox_pruned ON mailbox (prune_at) WHERE prune_at IS NOT NULL;

-- How many messages came in, were acknowledged and were refused in a mailbox on each day (UTC) of the last thirty.
CREATE TABLE activity (
  mailbox INTEGER NOT NULL REFERENCES registration (id),
  day INTEGER NOT NULL, -- when it began
  received INTEGER NOT NULL,
  fetched INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  PRIMARY KEY (mailbox, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX activity_day ON activity (day);

-- Where somebody is told that mail waits, one place a mailbox. Whoever knows what leads there can tell them, too.
CREATE TABLE notice (
  mailbox INTEGER PRIMARY KEY REFERENCES registration (id),
  kind TEXT NOT NULL CHECK (kind IN ('webhook', 'ntfy', 'webpush')),
  url TEXT NOT NULL,
  secrets TEXT NOT NULL, -- a JSON object, as the kind has them
  set_by TEXT NOT NULL CHECK (set_by IN ('operator', 'owner')),
  set_at INTEGER NOT NULL,
  told_at INTEGER, -- when it last worked
  failed_at INTEGER, -- when it last did not, since it last worked
  failure TEXT
) STRICT;

-- The key by which push services know this mediator (VAPID): subscriptions are bound to it, so it stays with them.
CREATE TABLE push_key (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  jwk TEXT NOT NULL
) STRICT;

-- Whoever knows the id of an invite holds it. The seq is the order in which they were made.
CREATE TABLE invite (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  label TEXT NOT NULL,
  words TEXT NOT NULL, -- id and label in small letters
  uses INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0 CHECK (used <= uses),
  expires_at INTEGER,
  revoked_at INTEGER,
  created_at INTEGER NOT NULL,
  max_messages INTEGER,
  max_bytes INTEGER
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
CREATE INDEX address_mailbox ON address (mailbox, released, lane);
CREATE INDEX address_released ON address (mailbox) WHERE released = 1;

CREATE TABLE alias (
  lane INTEGER NOT NULL,
  name TEXT NOT NULL,
  address INTEGER NOT NULL REFERENCES address (id),
  PRIMARY KEY (lane, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_address ON alias (address);

-- AUTOINCREMENT remembers the highest seq ever given, whatever was deleted since. No foreign keys and the content last:
-- every deposit writes here.
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
  sender_mark INTEGER, -- 64 bits of a hash over the sender that was proven
  handed INTEGER NOT NULL DEFAULT 0, -- 1: its owner got it, and has not acknowledged it
  checksum INTEGER NOT NULL, -- over all that does not change: a disk may change it all the same
  content TEXT NOT NULL
) STRICT;
CREATE INDEX message_expiry ON message (expires_at);
CREATE INDEX message_handed ON message (mailbox) WHERE handed = 1;

-- What waits, by mailbox: an entry for each message, with all that is counted and chosen by.
CREATE TABLE waiting_long (
  mailbox INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  address INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  size INTEGER NOT NULL,
  kind TEXT NOT NULL,
  sender_mark INTEGER,
  PRIMARY KEY (mailbox, lane, seq)
) STRICT, WITHOUT ROWID;
-- Decentrl's clients read one kind at a time; DIDComm's deposits pay nothing for it.
CREATE INDEX waiting_kind ON waiting_long (mailbox, kind, seq, address, expires_at, size) WHERE lane = 2;
-- How much of a mailbox is one sender's; anonymous deposits pay nothing for it.
CREATE INDEX waiting_sender ON waiting_long (mailbox, sender_mark, expires_at, size) WHERE sender_mark IS NOT NULL;
-- The latest of them: each mailbox has pages of its own above, so that every deposit would write one, or three, for an entry of
-- 40 bytes. Here they lie close together, until they are moved by the hundred.
CREATE TABLE waiting_lately (
  mailbox INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  address INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  size INTEGER NOT NULL,
  kind TEXT NOT NULL,
  sender_mark INTEGER,
  PRIMARY KEY (mailbox, lane, seq)
) STRICT, WITHOUT ROWID;
-- A deposit makes its entry itself, which is cheaper than a trigger.
CREATE TRIGGER message_went AFTER DELETE ON message BEGIN
  DELETE FROM waiting_lately WHERE mailbox = old.mailbox AND lane = old.lane AND seq = old.seq;
  DELETE FROM waiting_long WHERE mailbox = old.mailbox AND lane = old.lane AND seq = old.seq;
END;
CREATE TRIGGER message_ends AFTER UPDATE OF expires_at ON message WHEN new.expires_at <> old.expires_at BEGIN
  UPDATE waiting_lately SET expires_at = new.expires_at
    WHERE mailbox = old.mailbox AND lane = old.lane AND seq = old.seq;
  UPDATE waiting_long SET expires_at = new.expires_at
    WHERE mailbox = old.mailbox AND lane = old.lane AND seq = old.seq;
END;

-- 64 bits of a hash over what came before, and is not to be kept or done twice until then: messages at an address, and facts.
CREATE TABLE seen (
  mark INTEGER PRIMARY KEY,
  until INTEGER NOT NULL,
  fact INTEGER NOT NULL -- 1: nonces and their like, which even a restored backup has to know
) STRICT;
-- The latest of them: a mark's place among all is anywhere, and would cost every deposit a page of its own. Here they
-- lie close together, until they are moved by the thousand.
CREATE TABLE seen_lately (
  mark INTEGER PRIMARY KEY,
  until INTEGER NOT NULL,
  fact INTEGER NOT NULL
) STRICT;

-- How often one sender deposited one kind at one address, where that is limited: all three as 64 bits of a hash.
CREATE TABLE pace (
  mark INTEGER NOT NULL,
  until INTEGER NOT NULL, -- when it counts no longer
  times INTEGER NOT NULL,
  PRIMARY KEY (mark, until)
) STRICT, WITHOUT ROWID;
CREATE INDEX pace_until ON pace (until);

-- A chain: each hash covers the one before it, and the highest seq ever given shows when the end is missing.
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TABLE admin (
  name TEXT PRIMARY KEY,
  password_hash TEXT NOT NULL,
  totp_secret TEXT,
  recovery_hashes TEXT NOT NULL, -- a JSON array, as a token's scopes
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER
) STRICT, WITHOUT ROWID;

-- What the desk keeps for a while: sessions, setup codes.
CREATE TABLE desk (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX desk_until ON desk (until);

-- What owners keep. Every seq is a cursor: AUTOINCREMENT never gives one twice, and one writer gives them in the order
-- in which rows become visible. An index on the owner alone ends in the seq, so that a page is one range of it.

CREATE TABLE event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  mailbox INTEGER NOT NULL,
  id TEXT NOT NULL,
  size INTEGER NOT NULL, -- bytes of payload and tags
  created_at INTEGER NOT NULL,
  tags TEXT NOT NULL, -- a JSON array, in the owner's order; event_tag has them, too, to be found by
  payload TEXT NOT NULL
) STRICT;
CREATE INDEX event_owner ON event (mailbox);
CREATE UNIQUE INDEX event_id ON event (mailbox, id);

CREATE TABLE event_tag (
  mailbox INTEGER NOT NULL,
  tag TEXT NOT NULL,
  event INTEGER NOT NULL, -- its seq
  PRIMARY KEY (mailbox, tag, event)
) STRICT, WITHOUT ROWID;

CREATE TABLE contract (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  mailbox INTEGER NOT NULL,
  pair INTEGER NOT NULL, -- 64 bits of a hash over both parties, whichever comes first
  size INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  one TEXT NOT NULL,
  other TEXT NOT NULL,
  content TEXT NOT NULL
) STRICT;
CREATE INDEX contract_owner ON contract (mailbox, seq, expires_at);
CREATE UNIQUE INDEX contract_id ON contract (mailbox, id);
CREATE INDEX contract_pair ON contract (pair, expires_at);
CREATE INDEX contract_expiry ON contract (expires_at);

CREATE TABLE public_event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  mailbox INTEGER NOT NULL,
  publisher INTEGER NOT NULL, -- 64 bits of a hash over its DID
  size INTEGER NOT NULL, -- bytes of content and tags
  id TEXT NOT NULL,
  did TEXT NOT NULL,
  channel TEXT NOT NULL,
  tags TEXT NOT NULL, -- as an event's
  content TEXT NOT NULL
) STRICT;
CREATE INDEX public_event_publisher ON public_event (publisher);
CREATE INDEX public_event_channel ON public_event (publisher, channel);
CREATE UNIQUE INDEX public_event_id ON public_event (mailbox, id);

CREATE TABLE public_event_tag (
  publisher INTEGER NOT NULL,
  tag TEXT NOT NULL,
  event INTEGER NOT NULL, -- its seq
  PRIMARY KEY (publisher, tag, event)
) STRICT, WITHOUT ROWID;
