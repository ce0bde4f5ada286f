extension ConnectionTarget {
    /// Where it leads, as a conninfo string without secrets: `host=db1 dbname=history user=app`. What was not given is left to
    /// libpq, and not told.
    package var shown: String {
        let given = conninfo.flatMap { try? Self.options(of: $0) } ?? [:]
        let parts = ["service", "host", "hostaddr", "port", "dbname", "user"].compactMap { key in
            (key == "dbname" ? database ?? given[key] : given[key]).map { "\(key)=\(Self.quoted($0))" }
        }
        return parts.isEmpty ? "PostgreSQL at libpq's defaults" : parts.joined(separator: " ")
    }

    private static func quoted(_ value: String) -> String {
        // A name that is a DSN itself may hold a password.
        if value.contains("://") || value.contains("=") { return "…" }
        guard value.isEmpty || value.contains(where: { $0 == " " || $0 == "'" || $0 == "\\" }) else { return value }
        return "'" + value.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
