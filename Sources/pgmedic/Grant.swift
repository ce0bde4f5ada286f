import ArgumentParser
import Model

struct Grant: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the SQL that gives a role what pgmedic needs, and what each line unlocks.",
        discussion: "Nothing is sent to a server: a superuser runs it, whole or line by line. Never asks for superuser."
    )

    @Argument(help: ArgumentHelp("The role that pgmedic connects as.", valueName: "role"))
    var role = "pgmedic"

    @Flag(help: "Leave CREATE ROLE out: the role exists.")
    var existing = false

    func run() throws { Console.print(Self.sql(role: role, existing: existing)) }

    /// Ready for `psql -f`; every line can be left out, the report then says what it could not see.
    static func sql(role: String, existing: Bool) -> String {
        let name = SQL.identifier(role)
        // A line break in the name would end the comment.
        let shown = role.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "the role" : name
        var lines = [
            "-- What pgmedic needs. Run as a superuser, in each database that is to be looked at in depth.", "",
        ]
        if !existing {
            lines += [
                "-- \(shown) may log in and do nothing else; set its password with \\password.",
                "CREATE ROLE \(name) LOGIN;", "",
            ]
        }
        lines += [
            "-- Unlocks: other roles' statements, sessions, waits and locks; all settings; WAL, slots, standbys.",
            "-- Without it: workload and session rules are not judged.",
            "GRANT pg_monitor TO \(name);", "",
            "-- Unlocks: execution plans, what-if of indexes, column statistics, sequences' positions.",
            "-- It lets the role read all tables. pgmedic never reads a row of them; leave it out where policy forbids it.",
            "-- Without it: plans are missing, index advice is estimated, statistics rules are not judged.",
            "GRANT pg_read_all_data TO \(name);", "",
            "-- Unlocks: the workload. Needs shared_preload_libraries = 'pg_stat_statements' and a restart.",
            "CREATE EXTENSION IF NOT EXISTS pg_stat_statements;", "",
            "-- Keeps pgmedic's own statements, some fifty of each database, out of pg_stat_statements. PostgreSQL 15 and up.",
            "-- Without it: they take the room of others (pg_stat_statements.max); they are never reported either way.",
            // 14 does not know the statement.
            "DO "
                + SQL.literal(
                    "BEGIN IF pg_catalog.current_setting('server_version_num')::int >= 150000 THEN EXECUTE "
                        + SQL.literal("GRANT SET ON PARAMETER pg_stat_statements.track TO \(name)")
                        + "; END IF; END") + ";", "",
            "-- Unlocks: proof of index advice by the planner, without building anything. Optional; needs no restart.",
            "-- CREATE EXTENSION IF NOT EXISTS hypopg;", "",
        ]
        return lines.joined(separator: "\n")
    }
}
