import Foundation
import Model

/// Every role may change a table's rows.
struct PublicMayWrite: Rule {
    static let metadata = RuleMetadata(
        id: "exposure.public-may-write",
        title: "Tables that every role may write",
        area: .exposure,
        needs: [.publicRights, .relations], uses: [.roles],
        looksAt: "INSERT, UPDATE, DELETE and TRUNCATE of PUBLIC in pg_class.relacl; row security",
        why:
            "GRANT … TO PUBLIC gives a right to every role there is and to all to come: a report's role can then empty the table.",
        limits:
            "Tables under row security are left out, and partitions, which are not asked for their rights through their root. Silent where one role beside superusers may log in.",
        references: ["https://www.postgresql.org/docs/current/ddl-priv.html"])

    func evaluate(_ observation: Observation) -> Outcome {
        let snapshot = observation.snapshot
        guard snapshot.catalogs.contains(where: { $0.publicRights != nil }) else {
            return .inconclusive("rights of PUBLIC were not read")
        }
        guard snapshot.roles.count(where: { $0.canLogin && !$0.isSuperuser }) > 1 else { return .findings([]) }
        return .findings(
            snapshot.catalogs.compactMap { catalog in
                let guarded = Set(catalog.relations.filter { $0.hasRowSecurity || $0.isPartition }.map(\.name))
                let open = (catalog.publicRights ?? []).filter { right in
                    right.relation.map { !guarded.contains($0) } ?? false
                }
                return open.isEmpty ? nil : finding(open, catalog.database)
            })
    }

    private func finding(_ rights: [PublicRight], _ database: String) -> Finding {
        let tables = rights.compactMap(\.relation)
        let shown = rights.prefix(20)
        func statement(_ right: PublicRight, _ verb: String, _ word: String) -> String {
            "\(verb) \(right.rights.joined(separator: ", ")) ON \(right.relation!.quoted) \(word) PUBLIC;"
        }
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "every role may write \(tables[0])"
                + (tables.count > 1 ? " and \(Quantity.count(tables.count - 1)) more" : ""),
            objects: tables.prefix(20).map { .relation($0, in: database) },
            impact: Impact(0.05, .risk, "open to all roles"),
            confidence: .high,
            summary:
                "Every role that may connect to \(database) has \(rights[0].rights.joined(separator: ", ")) on \(tables[0])"
                + (tables.count > 1
                    ? ", and rights to write \(Quantity.plural(tables.count - 1, "other table"))." : "."),
            evidence: [
                Evidence("tables", "tables", .list(tables.prefix(20).map(\.description))),
                Evidence("count", "in all", .count(Int64(tables.count))),
            ],
            notIf: "it is a mailbox that all are meant to write",
            actions: [
                Action(
                    .fix, "give the rights to those who need them, and take PUBLIC's back",
                    sql: shown.map { statement($0, "REVOKE", "FROM") },
                    steps: [
                        "First GRANT the same to the roles whose statements pg_stat_statements shows on these tables."
                    ],
                    lock: LockNote("none", "holds for the next statement"),
                    gain: Gain("only those who were named write there", .ruleOfThumb),
                    verify: "\\dp \(tables[0].quoted) in psql",
                    undo: shown.map { statement($0, "GRANT", "TO") }.joined(separator: " "),
                    caution: "a role that wrote by PUBLIC's right alone fails from then on")
            ])
    }

    static let examples: [RuleExample] = [
        .fires("a table that all may empty", on: "public.orders") { $0.addPublicRight("orders", "DELETE", "TRUNCATE") },
        .silent("guarded by row security") {
            $0.addTable("orders") { $0.hasRowSecurity = true }
            $0.addPublicRight("orders", "INSERT")
        },
        .silent("one application, one role") {
            $0.addPublicRight("orders", "INSERT")
            $0.roles.removeLast()
        },
        .silent("a right on the schema is another rule's") { $0.addPublicRight(nil, "CREATE") },
        .inconclusive("rights were not read") { $0.catalogs[0].publicRights = nil },
    ]
}
