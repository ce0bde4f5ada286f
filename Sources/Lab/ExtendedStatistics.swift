import Model

/// Numbers of groups and dependencies of extended statistics, written into `pg_statistic_ext_data`.
///
/// Their types have no input before PostgreSQL 19; but they are bytes within, and a superuser may say so by a cast.
enum ExtendedStatistics {
    /// - Parameter session: the superuser's, with the lab's database.
    /// - Returns: those that the server did not take.
    static func fill(
        _ statistics: [PlannerImage.ExtendedImage], major: Int, _ session: LabSession
    ) async throws -> [Lab.Failure] {
        guard !statistics.isEmpty else { return [] }
        return try await session.perform { wire in
            for type in ["pg_ndistinct", "pg_dependencies"] {
                try wire.rows("CREATE CAST (bytea AS pg_catalog.\(type)) WITHOUT FUNCTION")
            }
            var failures: [Lab.Failure] = []
            for image in statistics {
                do {
                    try fill(image, major, wire)
                } catch let error as LabRefusal {
                    failures.append(
                        Lab.Failure(name: "extended statistics \(image.name.description)", reason: error.message))
                }
            }
            return failures
        }
    }

    private static func fill(_ image: PlannerImage.ExtendedImage, _ major: Int, _ wire: LabWire) throws {
        let name: [String?] = [image.name.schema, image.name.name]
        let rows = try wire.rows(
            """
            SELECT s.oid, a.attname, a.attnum
            FROM pg_catalog.pg_statistic_ext s
            JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
            LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = s.stxrelid AND a.attnum = ANY (s.stxkeys)
            WHERE n.nspname = $1::text AND s.stxname = $2::text
            """, name)
        guard let oid = rows.first?[0] else { throw LabRefusal(message: "there is no such object") }
        let here = Dictionary(
            rows.compactMap { row in row[1].flatMap { name in row[2].flatMap { Int($0) }.map { (name, $0) } } },
            uniquingKeysWith: { first, _ in first })
        // A dropped column at the source moves the numbers of those behind it.
        let numbers = Dictionary(
            zip(image.numbers, image.columns).map { ($0, here[$1] ?? $0) }, uniquingKeysWith: { first, _ in first })
        func bytes(_ text: String?, _ make: ([Serialised.Item]) -> [UInt8]) -> String? {
            text.map {
                "\\x"
                    + make(Serialised.items(of: $0, numbers)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
                    .joined()
            }
        }
        try wire.rows("DELETE FROM pg_catalog.pg_statistic_ext_data WHERE stxoid = $1::text::oid", [oid])
        try wire.rows(
            """
            INSERT INTO pg_catalog.pg_statistic_ext_data (
                stxoid, stxdndistinct, stxddependencies\(major >= 15 ? ", stxdinherit" : ""))
            SELECT $1::text::oid, $2::text::bytea::pg_catalog.pg_ndistinct, $3::text::bytea::pg_catalog.pg_dependencies
                \(major >= 15 ? ", $4::text::bool" : "")
            """,
            [oid, bytes(image.distinct, Serialised.distinct), bytes(image.dependencies, Serialised.dependencies)]
                + (major >= 15 ? [String(image.isInherited)] : []))
    }
}

/// The bytes of `pg_ndistinct` and `pg_dependencies` (src/include/statistics/statistics.h, mvdistinct.c, dependencies.c), the same from
/// PostgreSQL 14 to 18.
enum Serialised {
    struct Item {
        /// `1, 2`, or of a dependency `1 => 2`: what is told is last.
        var attributes: [Int16]
        var value: Double
    }

    /// Of `{"1, 2": 53, "1, 3": 9}` or `{"1 => 2": 1.000000}`.
    ///
    /// - Parameter numbers: the source's of columns → ours; expressions keep theirs.
    static func items(of text: String, _ numbers: [Int: Int]) -> [Item] {
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        return stride(from: 1, to: parts.count - 1, by: 2).compactMap { place in
            let attributes = parts[place].split { !$0.isNumber && $0 != "-" }.compactMap { Int($0) }
            let number = parts[place + 1].filter { $0.isNumber || ".-+e".contains($0) }
            guard let value = Double(number), !attributes.isEmpty else { return nil }
            return Item(attributes: attributes.map { Int16(clamping: numbers[$0] ?? $0) }, value: value)
        }
    }

    static func distinct(_ items: [Item]) -> [UInt8] {
        header(0xA352_BFA4, items.count)
            + items.flatMap { bytes($0.value) + bytes(Int32($0.attributes.count)) + $0.attributes.flatMap(bytes) }
    }

    static func dependencies(_ items: [Item]) -> [UInt8] {
        header(0xB454_9A2C, items.count)
            + items.flatMap { bytes($0.value) + bytes(Int16($0.attributes.count)) + $0.attributes.flatMap(bytes) }
    }

    private static func header(_ magic: UInt32, _ count: Int) -> [UInt8] {
        bytes(magic) + bytes(UInt32(1)) + bytes(UInt32(count))
    }

    private static func bytes(_ value: some Any) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
}
