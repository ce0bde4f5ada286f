import Foundation
import Model

/// Functions with their owner's rights that look names up along the caller's search_path.
struct DefinerSearchPath: Rule {
    static let metadata = RuleMetadata(
        id: "exposure.definer-search-path",
        title: "SECURITY DEFINER function without a search_path of its own",
        area: .exposure,
        needs: [.functions],
        looksAt:
            "pg_proc.prosecdef, proconfig and proacl of users' functions; the owner's attributes; bodies are not read",
        why:
            "Such a function runs with its owner's rights but finds tables, functions and operators along the caller's search_path: a caller who may "
            + "create objects anywhere on it has his own code run with those rights.",
        limits:
            "A function that qualifies every name and operator, or whose body was parsed when it was created (BEGIN ATOMIC), is safe all the same: bodies are not judged. "
            + "Functions without EXECUTE for everybody, and those of extensions, are left out; whether everybody may use the schema is not weighed. A warning only where a superuser owns it and everybody may create in a schema.",
        references: [
            "https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY",
            "https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATTERNS",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let catalogs = observation.snapshot.catalogs
        guard catalogs.contains(where: { $0.functions != nil }) else { return .inconclusive("functions were not read") }
        return .findings(
            catalogs.compactMap { catalog in
                let open = (catalog.functions ?? []).filter {
                    $0.isSecurityDefiner && !$0.pinsSearchPath && $0.isPublic
                }
                return open.isEmpty ? nil : finding(open, catalog)
            })
    }

    private func finding(_ functions: [Function], _ catalog: DatabaseCatalog) -> Finding {
        let ofSupers = functions.filter(\.isOwnedBySuperuser)
        let creatable = (catalog.publicRights ?? []).filter { $0.relation == nil }.map(\.schema)
        let isReachable = !ofSupers.isEmpty && !creatable.isEmpty
        let first = ofSupers.first ?? functions[0]
        let more = functions.count - 1
        let (run, its) = more > 0 ? ("run with their", "their") : ("runs with its", "its")
        return Finding(
            Self.metadata, severity: isReachable ? .warning : .notice, tier: .fix,
            title: "\(first.name)" + (more > 0 ? " and \(Quantity.count(more)) more run" : " runs")
                + " with the owner's rights along the caller's search_path",
            objects: [ObjectReference(.database, catalog.database)]
                + functions.prefix(20).map { $0.object(in: catalog.database) },
            impact: Impact(isReachable ? 0.2 : 0.05, .risk, "the owner's rights"), confidence: .medium,
            summary:
                "\(Quantity.plural(functions.count, "function")) of database \(catalog.database) on which everybody has EXECUTE \(run) owner's rights and without a search_path of \(its) own"
                + (ofSupers.isEmpty
                    ? "."
                    : "; \(Quantity.count(ofSupers.count)) of them \(ofSupers.count == 1 ? "belongs" : "belong") to a superuser.")
                + (isReachable
                    ? " Everybody may create objects in \(creatable.prefix(3).joined(separator: ", ")), where such a function can find them."
                    : ""),
            evidence: [
                Evidence("functions", "functions", .list(functions.prefix(20).map { $0.signature })),
                Evidence("ofSuperusers", "owned by superusers", .count(Int64(ofSupers.count))),
                Evidence("schemas", "schemas where everybody may create", .list(creatable)),
            ],
            notIf: "their bodies qualify every name", actions: [pin(functions)])
    }

    private func pin(_ functions: [Function]) -> Action {
        let shown = functions.prefix(20)
        return Action(
            .fix, "pin their search_path",
            sql: shown.map {
                "ALTER \($0.kindName) \($0.quotedSignature) SET search_path = \(SQL.identifier($0.name.schema)), pg_temp;"
            },
            steps: functions.count > shown.count
                ? ["The same for \(Quantity.count(functions.count - shown.count)) more."] : [],
            lock: LockNote("none", "calls that run go on; new ones have it"),
            gain: Gain("a caller's objects are not found by them any more", .ruleOfThumb),
            verify: "SELECT proname, proconfig FROM pg_catalog.pg_proc WHERE prosecdef AND oid >= 16384;",
            undo: shown.map { "ALTER \($0.kindName) \($0.quotedSignature) RESET search_path;" }.joined(separator: " "),
            caution:
                "add the schemas that a body uses without naming them, or it fails; a function in SQL with a SET clause is no longer inlined (SECURITY DEFINER ones never are)"
        )
    }

    static let examples: [RuleExample] = [
        .fires("owned by a superuser, callable by all", on: "shop") { $0.addDefiner { $0.isOwnedBySuperuser = true } },
        .fires("and everybody may create in public", on: "shop") {
            $0.addDefiner { $0.isOwnedBySuperuser = true }
            $0.catalogs[0].publicRights = [
                .make {
                    $0.schema = "public"
                    $0.rights = ["CREATE"]
                }
            ]
        },
        .silent("with a search_path of its own") { $0.addDefiner { $0.pinsSearchPath = true } },
        .silent("not for everybody") { $0.addDefiner { $0.isPublic = false } },
        .silent("with the caller's rights") { $0.addDefiner { $0.isSecurityDefiner = false } },
        .inconclusive("functions were not read") { $0.catalogs[0].functions = nil },
    ]
}

extension Function {
    /// `app.price_of(integer)`
    var signature: String { "\(name)(\(arguments))" }
    var quotedSignature: String { "\(name.quoted)(\(arguments))" }
    var kindName: String { kind == "p" ? "PROCEDURE" : "FUNCTION" }

    func object(in database: String) -> ObjectReference {
        ObjectReference(.function, "\(name.schema).\(name.name)(\(arguments))", in: database)
    }
}

extension Snapshot {
    mutating func addDefiner(_ configure: (inout Function) -> Void = { _ in }) {
        catalogs[0].functions =
            (catalogs[0].functions ?? []) + [
                .make {
                    $0.name = QualifiedName("app", "reset_password")
                    $0.arguments = "user_id integer"
                    $0.owner = "postgres"
                    $0.language = "plpgsql"
                    $0.isSecurityDefiner = true
                    configure(&$0)
                }
            ]
    }
}
