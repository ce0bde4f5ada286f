import Foundation
import Model

/// Every role may create objects in a schema.
struct PublicMayCreate: Rule {
    static let metadata = RuleMetadata(
        id: "exposure.public-may-create",
        title: "Schema in which every role may create objects",
        area: .exposure,
        needs: [.publicRights], uses: [.roles],
        looksAt: "CREATE of PUBLIC in pg_namespace.nspacl; the roles that may log in",
        why:
            "Whoever may create in a schema on others' search_path can put a function or operator there that is found before the one they meant. "
            + "Up to 14 the schema public came so; an upgrade keeps it.",
        limits: "Silent where only one role beside superusers may log in: there is nobody to be guarded from.",
        references: [
            "https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATTERNS",
            "https://www.postgresql.org/docs/15/release-15.html",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let snapshot = observation.snapshot
        guard snapshot.catalogs.contains(where: { $0.publicRights != nil }) else {
            return .inconclusive("rights of PUBLIC were not read")
        }
        let logins = snapshot.roles.filter { $0.canLogin && !$0.isSuperuser }
        guard logins.count > 1 else { return .findings([]) }
        return .findings(
            snapshot.catalogs.flatMap { catalog in
                (catalog.publicRights ?? []).filter { $0.relation == nil }.map {
                    finding($0.schema, logins.count, catalog)
                }
            })
    }

    private func finding(_ schema: String, _ logins: Int, _ catalog: DatabaseCatalog) -> Finding {
        let name = SQL.identifier(schema)
        let owners = Set(catalog.relations.filter { $0.name.schema == schema && !$0.isSystem }.map(\.owner)).sorted()
        return Finding(
            Self.metadata, severity: .notice, tier: .fix, title: "every role may create objects in schema \(schema)",
            objects: [ObjectReference(.schema, schema, in: catalog.database)],
            impact: Impact(0.05, .risk, "open to all roles"), confidence: .high,
            summary:
                "Every role that may connect to \(catalog.database) (\(Quantity.count(logins)) may log in) can create tables and functions in schema \(schema).",
            evidence: [
                Evidence("roles", "roles that may log in", .count(Int64(logins))),
                Evidence("owners", "owners of what is in it", .list(owners)),
            ],
            notIf: "all of these roles are one team's",
            actions: [
                Action(
                    .fix, "take the right back", sql: ["REVOKE CREATE ON SCHEMA \(name) FROM PUBLIC;"],
                    steps: owners.isEmpty
                        ? []
                        : [
                            "First give it to those who create there: GRANT CREATE ON SCHEMA \(name) TO \(owners.map(SQL.identifier).joined(separator: ", "));"
                        ],
                    lock: LockNote("none", "holds for the next statement"),
                    gain: Gain("only those who were named create there", .ruleOfThumb),
                    verify: "SELECT nspacl FROM pg_catalog.pg_namespace WHERE nspname = \(SQL.literal(schema));",
                    undo: "GRANT CREATE ON SCHEMA \(name) TO PUBLIC;",
                    caution: "migrations and applications that create tables there as another role fail from then on")
            ])
    }

    static let examples: [RuleExample] = [
        .fires("public as up to 14", on: "public") { $0.addPublicRight(nil, "CREATE") },
        .silent("one application, one role") {
            $0.addPublicRight(nil, "CREATE")
            $0.roles.removeLast()
        },
        .silent("nobody changed 15's default") { _ in },
        .silent("a table's rights are another rule's") { $0.addPublicRight("orders", "INSERT") },
        .inconclusive("rights were not read") { $0.catalogs[0].publicRights = nil },
    ]
}

extension Snapshot {
    /// Of schema `public` or a table of it; and a second role that may log in.
    mutating func addPublicRight(_ table: String?, _ rights: String...) {
        catalogs[0].publicRights =
            (catalogs[0].publicRights ?? []) + [
                .make {
                    $0.schema = "public"
                    $0.relation = table.map { QualifiedName("public", $0) }
                    $0.rights = rights
                }
            ]
        roles.append(
            .make {
                $0.name = "report"
                $0.canLogin = true
            })
    }
}
