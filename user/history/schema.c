// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/schema.h"

/*
 * Times are ns since 1970, as the clock of the host said then; what decides about the order is
 * the id of an event. Types of namespaces are numbers of enum ns_slot, kinds of events those of
 * enum ev_kind. What is not known is NULL.
 */
/* What version 2 has more than version 1. */
#define SNAPSHOT_SQL                                                                               \
	"CREATE TABLE snapshot(id INTEGER PRIMARY KEY, boot INTEGER NOT NULL,"                     \
	" time INTEGER NOT NULL, clock INTEGER NOT NULL, whole INTEGER NOT NULL,"                  \
	" mnt INTEGER);"                                                                           \
	"CREATE INDEX snapshot_time ON snapshot(time);"                                            \
	"CREATE TABLE state_process(snapshot INTEGER, gone INTEGER, pid INTEGER,"                  \
	" ppid INTEGER, uid INTEGER, user TEXT, started INTEGER, ns_pid INTEGER, comm TEXT,"       \
	" command TEXT, box INTEGER, PRIMARY KEY(snapshot, pid)) WITHOUT ROWID;"                   \
	"CREATE TABLE state_ns(snapshot INTEGER, gone INTEGER, ns INTEGER, type INTEGER,"          \
	" kernel_id INTEGER, owner INTEGER, parent INTEGER, level INTEGER, owner_uid INTEGER,"     \
	" hidden INTEGER, nprocs INTEGER, pid INTEGER, kept TEXT,"                                 \
	" PRIMARY KEY(snapshot, ns, type)) WITHOUT ROWID;"                                         \
	"CREATE TABLE state_mount(snapshot INTEGER, gone INTEGER, ns INTEGER, mnt_ns INTEGER,"     \
	" path TEXT, type INTEGER, PRIMARY KEY(snapshot, ns, mnt_ns, path)) WITHOUT ROWID;"        \
	"CREATE TABLE state_device(snapshot INTEGER, gone INTEGER, ns INTEGER,"                    \
	" ifindex INTEGER, name TEXT, kind TEXT, devtype TEXT, link_type INTEGER,"                 \
	" flags INTEGER, operstate INTEGER, mtu INTEGER, mac TEXT, addresses TEXT,"                \
	" master INTEGER, link INTEGER, link_nsid INTEGER, peer TEXT, peer_ns INTEGER,"            \
	" on_exit TEXT, traits INTEGER, PRIMARY KEY(snapshot, ns, ifindex)) WITHOUT ROWID;"        \
	"CREATE TABLE state_box(snapshot INTEGER, gone INTEGER, id INTEGER, runtime TEXT,"         \
	" container TEXT, name TEXT, pod TEXT, pod_namespace TEXT, image TEXT, unit TEXT,"         \
	" user TEXT, outer TEXT, path TEXT, PRIMARY KEY(snapshot, id)) WITHOUT ROWID;"             \
	"CREATE VIEW snapshots AS SELECT s.id, datetime(s.time/1000000000,'unixepoch') AS time,"   \
	" s.id = s.whole AS whole, b.host FROM snapshot s JOIN boot b ON b.id = s.boot;"           \
	"CREATE VIEW state_namespaces AS SELECT s.id AS snapshot,"                                 \
	" datetime(s.time/1000000000,'unixepoch') AS time, t.name || ':[' || n.ns || ']'"          \
	" AS namespace, n.nprocs, n.pid, p.user, p.command,"                                       \
	" (SELECT coalesce(x.runtime || ':' || coalesce(x.name, x.container), 'unit:' || x.unit)"  \
	" FROM state_box x WHERE x.snapshot BETWEEN s.whole AND s.id AND x.id = p.box"             \
	" ORDER BY x.snapshot DESC LIMIT 1) AS container, n.kept, n.owner, n.parent"               \
	" FROM snapshot s JOIN state_ns n ON n.snapshot BETWEEN s.whole AND s.id"                  \
	" JOIN ns_type t ON t.id = n.type LEFT JOIN state_process p ON p.pid = n.pid"              \
	" AND p.snapshot = (SELECT max(x.snapshot) FROM state_process x"                           \
	" WHERE x.snapshot BETWEEN s.whole AND s.id AND x.pid = n.pid)"                            \
	" WHERE n.gone IS NULL AND NOT EXISTS (SELECT 1 FROM state_ns x WHERE"                     \
	" x.snapshot > n.snapshot AND x.snapshot <= s.id AND x.ns = n.ns AND x.type = n.type);"    \
	"CREATE VIEW state_devices AS SELECT s.id AS snapshot,"                                    \
	" datetime(s.time/1000000000,'unixepoch') AS time, d.name AS device, d.ifindex, d.kind,"   \
	" 'net:[' || d.ns || ']' AS namespace, d.addresses, d.peer, d.peer_ns, d.on_exit"          \
	" FROM snapshot s JOIN state_device d ON d.snapshot BETWEEN s.whole AND s.id"              \
	" WHERE d.gone IS NULL AND NOT EXISTS (SELECT 1 FROM state_device x WHERE"                 \
	" x.snapshot > d.snapshot AND x.snapshot <= s.id AND x.ns = d.ns"                          \
	" AND x.ifindex = d.ifindex);"

const char schema_sql[] =
	"CREATE TABLE boot(id INTEGER PRIMARY KEY, boot_id TEXT, host TEXT, kernel TEXT,"
	" machine TEXT, initial TEXT);"

	"CREATE TABLE run(id INTEGER PRIMARY KEY, boot INTEGER NOT NULL, pid INTEGER,"
	" version TEXT, hooks TEXT, started INTEGER NOT NULL, seen INTEGER NOT NULL,"
	" ended INTEGER);"

	"CREATE TABLE gap(id INTEGER PRIMARY KEY, boot INTEGER NOT NULL,"
	" since INTEGER NOT NULL, until INTEGER NOT NULL, why TEXT NOT NULL, events INTEGER);"

	/* What was recorded: the newest as they are, the others compressed. */
	"CREATE TABLE event(id INTEGER PRIMARY KEY, boot INTEGER NOT NULL,"
	" time INTEGER NOT NULL, record BLOB NOT NULL);"
	"CREATE TABLE block(id INTEGER PRIMARY KEY, events INTEGER NOT NULL,"
	" boot INTEGER NOT NULL, clock INTEGER NOT NULL, first INTEGER NOT NULL,"
	" last INTEGER NOT NULL, kinds INTEGER NOT NULL, size INTEGER NOT NULL,"
	" data BLOB NOT NULL);"
	"CREATE INDEX block_time ON block(last, first);"
	"CREATE INDEX block_lost ON block(id) WHERE kinds & 65536;" /* 1 << EV_LOST */
	"CREATE TABLE block_ns(ns INTEGER, block INTEGER, PRIMARY KEY(ns, block)) WITHOUT ROWID;"
	"CREATE TABLE block_process(pid INTEGER, block INTEGER, PRIMARY KEY(pid, block))"
	" WITHOUT ROWID;"
	"CREATE TABLE block_cgroup(cgroup INTEGER, block INTEGER, PRIMARY KEY(cgroup, block))"
	" WITHOUT ROWID;"
	"CREATE TABLE block_device(name TEXT, block INTEGER, PRIMARY KEY(name, block))"
	" WITHOUT ROWID;"

	/* Who is meant: of the events from `since` on, until another row says otherwise. */
	"CREATE TABLE user(uid INTEGER, since INTEGER, name TEXT, PRIMARY KEY(uid, since))"
	" WITHOUT ROWID;"
	"CREATE TABLE cgroup(boot INTEGER, id INTEGER, since INTEGER, runtime TEXT,"
	" container TEXT, name TEXT, pod TEXT, pod_namespace TEXT, image TEXT, unit TEXT,"
	" user TEXT, outer TEXT, path TEXT, PRIMARY KEY(boot, id, since)) WITHOUT ROWID;"
	"CREATE TABLE owner(boot INTEGER, ns INTEGER, since INTEGER, cgroup INTEGER,"
	" PRIMARY KEY(boot, ns, since)) WITHOUT ROWID;"
	"CREATE TABLE ns_name(boot INTEGER, ns INTEGER, since INTEGER, name TEXT,"
	" PRIMARY KEY(boot, ns, since)) WITHOUT ROWID;"

	"CREATE TABLE namespace(id INTEGER PRIMARY KEY, boot INTEGER NOT NULL,"
	" type INTEGER NOT NULL, ns INTEGER NOT NULL, kernel_id INTEGER, owner INTEGER,"
	" parent INTEGER, pid INTEGER, comm TEXT, uid INTEGER, cgroup INTEGER,"
	" created INTEGER, created_event INTEGER, ended INTEGER, ended_event INTEGER, how TEXT,"
	" init INTEGER, init_ended INTEGER, init_status INTEGER);"
	"CREATE INDEX namespace_ns ON namespace(ns);"
	"CREATE UNIQUE INDEX namespace_living ON namespace(ns, type, boot) WHERE ended IS NULL;"

	"CREATE TABLE pin(id INTEGER PRIMARY KEY, boot INTEGER NOT NULL, type INTEGER NOT NULL,"
	" ns INTEGER NOT NULL, path TEXT NOT NULL, since INTEGER, until INTEGER, pid INTEGER,"
	" comm TEXT, until_pid INTEGER, until_comm TEXT);"
	"CREATE INDEX pin_ns ON pin(ns);"
	"CREATE INDEX pin_living ON pin(path) WHERE until IS NULL;"
	"CREATE INDEX pin_until ON pin(until) WHERE until IS NOT NULL;"

	"CREATE TABLE stay(id INTEGER PRIMARY KEY, boot INTEGER NOT NULL, device TEXT NOT NULL,"
	" ifindex INTEGER NOT NULL, kind TEXT, ns INTEGER NOT NULL, since INTEGER,"
	" came TEXT, came_from INTEGER, pid INTEGER, comm TEXT, until INTEGER, went TEXT,"
	" went_to INTEGER, until_pid INTEGER, until_comm TEXT);"
	"CREATE INDEX stay_device ON stay(device);"
	"CREATE INDEX stay_ns ON stay(ns);"
	"CREATE INDEX stay_until ON stay(until) WHERE until IS NOT NULL;"

	"CREATE TABLE ns_type(id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
	"INSERT INTO ns_type VALUES(0,'mnt'),(1,'uts'),(2,'ipc'),(3,'user'),(4,'pid'),(5,'net'),"
	"(6,'cgroup'),(7,'time');"

	/* For people who open the file with sqlite3. */
	"CREATE VIEW namespaces AS SELECT t.name || ':[' || n.ns || ']' AS namespace,"
	" n.pid AS creator, n.comm, n.uid, datetime(n.created/1000000000,'unixepoch') AS created,"
	" datetime(n.ended/1000000000,'unixepoch') AS ended, n.how,"
	" (SELECT coalesce(c.runtime || ':' || coalesce(c.name, c.container), 'unit:' || c.unit,"
	" c.path) FROM cgroup c WHERE c.boot = n.boot AND c.id = n.cgroup"
	" ORDER BY c.since DESC LIMIT 1) AS container, b.host"
	" FROM namespace n JOIN ns_type t ON t.id = n.type JOIN boot b ON b.id = n.boot;"
	"CREATE VIEW pins AS SELECT t.name || ':[' || p.ns || ']' AS namespace, p.path,"
	" datetime(p.since/1000000000,'unixepoch') AS since,"
	" datetime(p.until/1000000000,'unixepoch') AS until, p.pid, p.comm"
	" FROM pin p JOIN ns_type t ON t.id = p.type;"
	"CREATE VIEW devices AS SELECT device, ifindex, kind, 'net:[' || ns || ']' AS namespace,"
	" datetime(since/1000000000,'unixepoch') AS since, came, pid, comm,"
	" datetime(until/1000000000,'unixepoch') AS until, went, until_pid, until_comm FROM stay;"
	"CREATE VIEW gaps AS SELECT datetime(since/1000000000,'unixepoch') AS since,"
	" datetime(until/1000000000,'unixepoch') AS until, why, events FROM gap;" SNAPSHOT_SQL;

const char *const schema_steps[DB_VERSION] = {[1] = SNAPSHOT_SQL};

const char *const schema_query[DB_QUERIES] = {
	[Q_BEGIN] = "BEGIN IMMEDIATE",
	[Q_BEGIN_READ] = "BEGIN",
	[Q_COMMIT] = "COMMIT",
	[Q_ROLLBACK] = "ROLLBACK",
	[Q_BOOT_FIND] = "SELECT id FROM boot WHERE boot_id IS ? AND host IS ?",
	[Q_BOOT_ADD] = "INSERT INTO boot(boot_id, host, kernel, machine, initial)"
		       " VALUES(?,?,?,?,?)",
	[Q_RUN_ADD] = "INSERT INTO run(boot, pid, version, hooks, started, seen)"
		      " VALUES(?1,?2,?3,?4,?5,?5)",
	[Q_RUN_SEEN] = "UPDATE run SET seen = ?2, ended = ?3 WHERE id = ?1",
	[Q_RUN_LAST] = "SELECT boot, seen FROM run ORDER BY id DESC LIMIT 1",
	[Q_GAP_ADD] = "INSERT INTO gap(boot, since, until, why, events) VALUES(?,?,?,?,?)",
	[Q_EVENT_ADD] = "INSERT INTO event VALUES(?,?,?,?)",
	[Q_EVENT_ALL] = "SELECT id, boot, time, record FROM event WHERE id >= ? ORDER BY id",
	[Q_EVENT_DROP] = "DELETE FROM event WHERE id <= ?",
	[Q_BLOCK_ADD] = "INSERT INTO block VALUES(?,?,?,?,?,?,?,?,?)",
	[Q_BLOCK_OLDEST] = "SELECT id, events, boot, clock, first, last, kinds, size, data"
			   " FROM block ORDER BY id LIMIT 1",
	[Q_BLOCK_DROP] = "DELETE FROM block WHERE id = ?",
	[Q_LAST_ID] = "SELECT max(coalesce((SELECT max(id) FROM event), 0),"
		      " coalesce((SELECT max(id) FROM block), 0))",
	[Q_LAST_BLOCK] = "SELECT coalesce(max(id), 0) FROM block",
	[Q_NS_ADD] = "INSERT INTO block_ns VALUES(?,?)",
	[Q_PID_ADD] = "INSERT INTO block_process VALUES(?,?)",
	[Q_CGROUP_ADD] = "INSERT INTO block_cgroup VALUES(?,?)",
	[Q_DEV_ADD] = "INSERT INTO block_device VALUES(?,?)",
	[Q_NS_DROP] = "DELETE FROM block_ns WHERE ns = ? AND block = ?",
	[Q_PID_DROP] = "DELETE FROM block_process WHERE pid = ? AND block = ?",
	[Q_CGROUP_DROP] = "DELETE FROM block_cgroup WHERE cgroup = ? AND block = ?",
	[Q_DEV_DROP] = "DELETE FROM block_device WHERE name = ? AND block = ?",
	[Q_USER_ADD] = "INSERT OR REPLACE INTO user VALUES(?,?,?)",
	[Q_USER_AT] = "SELECT (SELECT min(since) FROM user WHERE uid = ?1 AND since > ?2),"
		      " (SELECT name FROM user WHERE uid = ?1 AND since <= ?2"
		      " ORDER BY since DESC LIMIT 1)",
	[Q_WHOSE_ADD] = "INSERT OR REPLACE INTO cgroup VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[Q_WHOSE_AT] = "SELECT n.later, runtime, container, name, pod, pod_namespace, image, unit,"
		       " user, outer, path FROM (SELECT"
		       " (SELECT min(since) FROM cgroup WHERE boot = ?1 AND id = ?2 AND since > ?3)"
		       " AS later, (SELECT max(since) FROM cgroup WHERE boot = ?1 AND id = ?2"
		       " AND since <= ?3) AS at) n LEFT JOIN cgroup c ON c.boot = ?1 AND c.id = ?2"
		       " AND c.since = n.at",
	[Q_OWNER_ADD] = "INSERT OR REPLACE INTO owner VALUES(?,?,?,?)",
	[Q_OWNER_AT] = "SELECT (SELECT min(since) FROM owner WHERE boot = ?1 AND ns = ?2"
		       " AND since > ?3), (SELECT cgroup FROM owner WHERE boot = ?1 AND ns = ?2"
		       " AND since <= ?3 ORDER BY since DESC LIMIT 1)",
	[Q_NSNAME_ADD] = "INSERT OR REPLACE INTO ns_name VALUES(?,?,?,?)",
	[Q_NSNAME_AT] = "SELECT (SELECT min(since) FROM ns_name WHERE boot = ?1 AND ns = ?2"
			" AND since > ?3), (SELECT name FROM ns_name WHERE boot = ?1 AND ns = ?2"
			" AND since <= ?3 ORDER BY since DESC LIMIT 1)",
	[Q_RANGE] = "SELECT min(id), max(id), (SELECT max(id) FROM block) FROM block"
		    " WHERE last >= ?1 AND first <= ?2",
	[Q_BLOCK_NEXT] = "SELECT id, events, boot, clock, first, last, kinds, size, data"
			 " FROM block WHERE id >= ? ORDER BY id LIMIT 1",
	[Q_LOST_NEXT] = "SELECT min(id) FROM block WHERE kinds & 65536 AND id >= ?",
	[Q_BOOT_LAST] =
		"SELECT boot_id, host, kernel, machine, initial FROM boot ORDER BY id DESC LIMIT 1",
	[Q_NS_NEXT] = "SELECT min(block) FROM block_ns WHERE ns = ? AND block >= ?",
	[Q_PID_NEXT] = "SELECT min(block) FROM block_process WHERE pid = ? AND block >= ?",
	[Q_CGROUP_NEXT] = "SELECT min(block) FROM block_cgroup WHERE cgroup = ? AND block >= ?",
	[Q_DEV_NEXT] = "SELECT min(block) FROM block_device WHERE name = ? AND block >= ?",
	[Q_BOOT_AT] = "SELECT host, boot_id FROM boot WHERE id = ?",
	[Q_WHOSE_ALL] = "SELECT DISTINCT id, runtime, container, name, pod, pod_namespace, image,"
			" unit, user, outer, path FROM cgroup",
	[Q_GAPS] = "SELECT since, until, why, events FROM gap WHERE until >= ? AND since <= ?"
		   " ORDER BY id",
	[Q_VERSION] = "PRAGMA data_version",
	[Q_LIFE_ADD] = "INSERT INTO namespace(boot, type, ns, kernel_id, owner, parent, pid, comm,"
		       " uid, cgroup, created, created_event, ended, ended_event, how, init,"
		       " init_ended, init_status) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[Q_LIFE_END] = "UPDATE namespace SET ended = ?4, ended_event = ?5"
		       " WHERE ns = ?1 AND type = ?2 AND boot = ?3 AND ended IS NULL",
	[Q_LIFE_REPLACE] = "UPDATE namespace SET ended = ?4, how = 'replaced'"
			   " WHERE ns = ?1 AND type = ?2 AND boot = ?3 AND ended IS NULL",
	[Q_LIFE_INIT] = "UPDATE namespace SET init = coalesce(?3, init),"
			" parent = coalesce(?4, parent), init_ended = coalesce(?5, init_ended),"
			" init_status = coalesce(?6, init_status)"
			" WHERE ns = ?1 AND type = 4 AND boot = ?2 AND ended IS NULL",
	[Q_LIFE_DROP] = "DELETE FROM namespace WHERE id = (SELECT id FROM namespace WHERE ns = ?1"
			" AND type = ?2 AND ended <= ?3 ORDER BY id LIMIT 1)",
	[Q_PIN_ADD] = "INSERT INTO pin(boot, type, ns, path, since, pid, comm)"
		      " VALUES(?,?,?,?,?,?,?)",
	[Q_PIN_END] = "UPDATE pin SET until = ?5, until_pid = ?6, until_comm = ?7"
		      " WHERE id = (SELECT id FROM pin WHERE path = ?4 AND ns = ?3 AND type = ?2"
		      " AND boot = ?1 AND until IS NULL ORDER BY id DESC LIMIT 1)",
	[Q_PIN_DROP] = "DELETE FROM pin WHERE until < ?",
	[Q_STAY_ADD] = "INSERT INTO stay(boot, device, ifindex, kind, ns, since, came, came_from,"
		       " pid, comm) VALUES(?,?,?,?,?,?,?,?,?,?)",
	[Q_STAY_END] = "UPDATE stay SET until = ?5, went = ?6, went_to = ?7, until_pid = ?8,"
		       " until_comm = ?9 WHERE id = (SELECT id FROM stay WHERE ns = ?2 AND"
		       " ifindex = ?3 AND boot = ?1 AND until IS NULL AND device = ?4"
		       " ORDER BY id DESC LIMIT 1)",
	[Q_STAY_DROP] = "DELETE FROM stay WHERE until < ?",
	[Q_BOOT_ENDS] = "UPDATE namespace SET ended = ?2, how = 'boot'"
			" WHERE ended IS NULL AND boot != ?1",
	[Q_BOOT_PINS] = "UPDATE pin SET until = ?2 WHERE until IS NULL AND boot != ?1",
	[Q_BOOT_STAYS] = "UPDATE stay SET until = ?2, went = 'boot'"
			 " WHERE until IS NULL AND boot != ?1",
	[Q_GAP_DROP] = "DELETE FROM gap WHERE until < ?",
	[Q_USER_TIDY] = "DELETE FROM user WHERE EXISTS (SELECT 1 FROM user u WHERE u.uid = user.uid"
			" AND u.since > user.since AND u.since <= ?1)",
	[Q_WHOSE_TIDY] =
		"DELETE FROM cgroup WHERE since < ?1 AND (EXISTS (SELECT 1 FROM cgroup c"
		" WHERE c.boot = cgroup.boot AND c.id = cgroup.id AND c.since > cgroup.since"
		" AND c.since <= ?1) OR (NOT EXISTS (SELECT 1 FROM block_cgroup b"
		" WHERE b.cgroup = cgroup.id) AND id NOT IN (SELECT cgroup FROM namespace"
		" WHERE ended IS NULL AND cgroup IS NOT NULL)))",
	[Q_OWNER_TIDY] = "DELETE FROM owner WHERE since < ?1 AND (EXISTS (SELECT 1 FROM owner o"
			 " WHERE o.boot = owner.boot AND o.ns = owner.ns AND o.since > owner.since"
			 " AND o.since <= ?1) OR ns NOT IN (SELECT ns FROM namespace"
			 " WHERE ended IS NULL))",
	[Q_NSNAME_TIDY] =
		"DELETE FROM ns_name WHERE since < ?1 AND (EXISTS (SELECT 1 FROM ns_name o"
		" WHERE o.boot = ns_name.boot AND o.ns = ns_name.ns AND o.since > ns_name.since"
		" AND o.since <= ?1) OR ns NOT IN (SELECT ns FROM namespace"
		" WHERE ended IS NULL))",
	[Q_SNAPSHOT_ADD] = "INSERT INTO snapshot VALUES(?,?,?,?,?,?)",
	[Q_SNAPSHOT_LAST] = "SELECT coalesce(max(id), 0) FROM snapshot",
	/* When the snapshots begin that do not need the oldest whole one. */
	[Q_SNAPSHOT_SECOND] = "SELECT id, time FROM snapshot WHERE id = whole"
			      " ORDER BY id LIMIT 1 OFFSET 1",
	[Q_SNAPSHOT_DROP] = "DELETE FROM snapshot WHERE id < ?",
	[Q_SNAPSHOT_AT] = "SELECT s.id, s.boot, s.time, s.clock, s.whole, s.mnt, b.boot_id, b.host"
			  " FROM snapshot s JOIN boot b ON b.id = s.boot"
			  " WHERE s.time <= ? ORDER BY s.id DESC LIMIT 1",
	[Q_STATE_OLDEST] =
		"SELECT min(s) FROM (SELECT min(snapshot) AS s FROM state_process UNION ALL"
		" SELECT min(snapshot) FROM state_ns UNION ALL SELECT min(snapshot)"
		" FROM state_mount UNION ALL SELECT min(snapshot) FROM state_device UNION ALL"
		" SELECT min(snapshot) FROM state_box)",
	[Q_BLOCK_FIRST] = "SELECT first FROM block ORDER BY id LIMIT 1",
	[Q_VACUUM] = "PRAGMA incremental_vacuum(256)",
	[Q_PAGES] = "PRAGMA page_count",
	[Q_FREE_PAGES] = "PRAGMA freelist_count",
};
