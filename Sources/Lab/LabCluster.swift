import Foundation
import Model

/// Making a lab's server and its empty database.
enum LabCluster {
    /// The database, and the role that owns all in it. It is no superuser: definitions and statements come out of a file that
    /// somebody sent, and must not reach the machine.
    static let database = "lab"
    static let owner = "pgmedic_lab"
    static let superuser = "postgres"

    /// - Throws: `LabError`.
    static func initialise(_ programs: LabPrograms, _ folder: LabFolder) async throws(LabError) {
        var arguments = [
            "-D", folder.data, "-U", superuser, "-E", "UTF8", "--locale=C", "-A", "trust", "--no-sync",
            "--no-instructions",
        ]
        // 18 has them by default; pages are written by us without.
        if programs.major >= 18 { arguments.append("--no-data-checksums") }
        _ = try await ServerUser.run("\(programs.folder)/initdb", arguments, programs: programs.folder)
        let lines = settings(folder).map { "\($0.name) = '\($0.value.replacing("'", with: "''"))'\n" }
        do {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(folder.data)/postgresql.conf"))
            defer { try? file.close() }
            try file.seekToEnd()
            try file.write(contentsOf: Data(lines.joined().utf8))
        } catch {
            throw LabError("\(folder.data)/postgresql.conf could not be written: \(error.localizedDescription)")
        }
    }

    private static func settings(_ folder: LabFolder) -> [(name: String, value: String)] {
        [
            ("listen_addresses", ""), ("port", String(LabFolder.port)),
            ("unix_socket_directories", "\"\(folder.path)\""),
            ("unix_socket_permissions", "0700"), ("shared_buffers", "16MB"), ("max_connections", "20"),
            // Nothing may be analysed or vacuumed: the statistics are not of these files.
            ("autovacuum", "off"), ("track_counts", "off"),
            ("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off"), ("wal_level", "minimal"),
            ("max_wal_senders", "0"), ("lc_messages", "C"), ("log_statement", "none"),
            ("log_min_error_statement", "panic"),
        ]
    }

    /// Makes role and database, with the image's locale where the machine has it.
    ///
    /// - Returns: what is not as at the source, a sentence each.
    /// - Throws: `LabRefusal`.
    static func makeDatabase(_ image: PlannerImage, major: Int, _ session: LabSession) async throws -> [String] {
        try await session.rows("CREATE ROLE \(owner) LOGIN")
        var refusal = LabRefusal(message: "")
        for attempt in attempts(image, major) {
            do {
                try await session.rows(
                    "CREATE DATABASE \(database) TEMPLATE template0 OWNER \(owner) " + attempt.options)
                return attempt.note.map { [$0] } ?? []
            } catch let error as LabRefusal {
                refusal = error
            }
        }
        throw refusal
    }

    private static func attempts(_ image: PlannerImage, _ major: Int) -> [(options: String, note: String?)] {
        let encoding = "ENCODING \(SQL.literal(image.encoding)) "
        let names = "LC_COLLATE \(SQL.literal(image.collation)) LC_CTYPE \(SQL.literal(image.characterType))"
        var attempts: [(options: String, note: String?)] = []
        switch image.localeProvider {
        case "i" where major >= 15:
            attempts.append(
                (encoding + "LOCALE_PROVIDER icu ICU_LOCALE \(SQL.literal(image.locale ?? "und")) " + names, nil))
        case "b" where major >= 17:
            let locale = SQL.literal(image.locale ?? "C")
            attempts.append((encoding + "LOCALE_PROVIDER builtin BUILTIN_LOCALE \(locale) " + names, nil))
        default: attempts.append((encoding + names, nil))
        }
        let shown = image.locale ?? image.collation
        // Under C alone LIKE 'x%' is found by a plain index, so that any other locale is nearer than C.
        if !["C", "POSIX"].contains(shown) {
            let isNot = "The locale \(shown) is not on this machine"
            if major >= 15 {
                let locale = "LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'und'"
                attempts.append((encoding + locale, "\(isNot): the lab sorts by ICU's root locale."))
            }
            attempts.append((encoding + "LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'", "\(isNot): the lab has C.UTF-8."))
        }
        attempts.append(
            (
                "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
                "The locale \(shown) or the encoding \(image.encoding) is not on this machine: the lab has C and UTF8, under which "
                    + "LIKE and ORDER BY may be planned otherwise."
            ))
        return attempts
    }
}
