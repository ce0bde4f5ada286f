import Model

/// Makes the image's objects in the empty database, one by one.
enum LabDefinitions {
    /// s for each on the lab's server.
    private static let seconds = 60

    /// How values in definitions and statistics were printed.
    static let reading = [
        "SET search_path = pg_catalog", "SET DateStyle = 'ISO, YMD'", "SET IntervalStyle = 'postgres'",
        "SET TimeZone = 'UTC'", "SET check_function_bodies = off", "SET client_min_messages = error",
        "SET statement_timeout = '\(seconds)s'",
    ]

    /// - Parameters:
    ///   - owner: a session of the role that owns all; extensions alone are made by the superuser, by their name.
    /// - Returns: those that failed.
    static func run(
        _ image: PlannerImage, owner: LabSession, superuser: LabSession
    ) async throws -> [Lab.Failure] {
        var failures: [Lab.Failure] = []
        let first = image.definitions.filter { $0.kind == .schema }
        let extensions = image.definitions.filter { $0.kind == .extension }
        let rest = image.definitions.filter { ![.schema, .extension].contains($0.kind) }
        failures += try await attempt(first, owner) { $0.sql }
        failures += try await attempt(extensions, superuser) {
            let schema = $0.name.schema.isEmpty ? "public" : $0.name.schema
            return
                "CREATE EXTENSION IF NOT EXISTS \(SQL.identifier($0.name.name)) WITH SCHEMA \(SQL.identifier(schema)) CASCADE"
        }
        failures += try await attempt(rest, owner) { $0.sql }
        return failures
    }

    private static func attempt(
        _ definitions: [PlannerImage.Definition], _ session: LabSession,
        _ text: @escaping @Sendable (PlannerImage.Definition) -> String
    ) async throws -> [Lab.Failure] {
        try await session.perform { wire in
            var failures: [Lab.Failure] = []
            for definition in definitions {
                let sql = text(definition)
                let name = "\(definition.kind.rawValue) \(definition.name.description)"
                guard ["create", "alter"].contains(sql.prefix { $0.isLetter }.lowercased()) else {
                    failures.append(Lab.Failure(name: name, reason: "it is no CREATE or ALTER and was not run"))
                    continue
                }
                do {
                    try wire.rows(sql)
                } catch let error as LabRefusal {
                    failures.append(Lab.Failure(name: name, reason: error.message))
                }
            }
            return failures
        }
    }
}
