import Foundation
import Model
import TestKit
import Testing

@testable import Redacting

@Suite("Pseudonyms of names")
struct NamePseudonymTests {
    private let canaries: [PseudonymKey.Kind: String] = [
        .role: "canary-role", .database: "canary_db", .host: "canary-host.example.com", .application: "canary app 7",
        .client: "203.0.113.77", .transaction: "canary:gid:1",
    ]

    /// Names where names stand, and all of them in every text.
    private func filled(_ sentence: String) throws -> Snapshot {
        try CanarySnapshot.changing(try CanarySnapshot.filled()) { field, keys in
            switch field {
            case .name(let kind): keys.last == "address" ? "203.0.113.78" : canaries[kind]
            case .object: "canary_free_object"
            case .vocabulary: nil
            case .plan:
                #"[{"Plan": {"Node Type": "Seq Scan", "Filter": "(owner = \"canary-role\")", "Alias": "canary_db"}}]"#
            case .statement, .definition, .expression: #"SELECT * FROM "canary-role".t, canary_db.public.u"#
            case .text: sentence
            }
        }
    }

    private var sentence: String {
        "role \"canary-role\" of CANARY_DB (canary app 7) at canary-host.example.com, 203.0.113.77:5432, prepared canary:gid:1; "
            + "host=a password=canary-secret postgres://u:canary-pw@h/d"
    }

    @Test("no canary is left at any place of a snapshot, and it says the same otherwise")
    func snapshotWithNames() throws {
        let snapshot = try filled(sentence)
        var pseudonyms = NamePseudonyms(replacesNames: true)
        let clean = try pseudonyms.redacted(snapshot)
        for (place, text) in try CanarySnapshot.strings(clean) {
            let isClean =
                !text.lowercased().replacing("canary_free_object", with: "").contains("canary")
                && !text.contains("203.0.113")
            #expect(isClean, "\(place): \(text)")
        }
        #expect(try CanarySnapshot.strings(clean).count == CanarySnapshot.strings(snapshot).count)
        #expect(
            clean.roles[0].name == "role_1" && clean.backends[0].role == "role_1"
                && clean.backends[0].client == clean.standbys[0].client)
        #expect(clean.notes[0].text.contains("role \"role_1\" of db_1 (app_1) at host_1, client_"))
        #expect(clean.statementStatistics?.statements[0].text == #"SELECT * FROM "role_1".t, db_1.public.u"#)
        #expect(pseudonyms.key.name(of: "role_1") == "canary-role")
        // Once more changes nothing.
        #expect(try pseudonyms.redacted(clean) == clean)
    }

    @Test("without names: addresses, prepared transactions and secrets alone")
    func addressesAlways() throws {
        let snapshot = try filled(sentence)
        var pseudonyms = NamePseudonyms(replacesNames: false)
        let clean = try pseudonyms.redacted(snapshot)
        #expect(clean.roles[0].name == "canary-role" && clean.backends[0].database == "canary_db")
        for (place, text) in try CanarySnapshot.strings(clean) {
            #expect(
                !["203.0.113", "canary-secret", "canary-pw", "canary:gid"].contains { text.contains($0) },
                "\(place): \(text)")
        }
        #expect(clean.backends[0].client?.hasPrefix("client_") ?? false)
    }

    @Test("every member of a snapshot that holds texts is filled in by this test")
    func allMembersAreFilled() throws {
        let filled = Set(
            try CanarySnapshot.strings(try CanarySnapshot.filled()).map {
                $0.place.split(separator: ".").dropFirst().first ?? ""
            })
        let empty = Mirror(reflecting: try CanarySnapshot.filled()).children.filter { child in
            let mirror = Mirror(reflecting: child.value)
            let isNil = mirror.displayStyle == .optional && mirror.children.isEmpty
            return isNil || mirror.displayStyle == .collection && mirror.children.isEmpty
        }.compactMap(\.label)
        // Numbers alone.
        #expect(
            Set(empty) == [
                "lockTable", "walDirectory", "wal", "bufferUsage", "waitSampling", "kernelStatements", "slru",
            ])
        #expect(filled.count > 20)
    }

    @Test("a snapshot that was collected with literals loses them")
    func withoutLiterals() throws {
        var snapshot = try CanarySnapshot.changing(try CanarySnapshot.filled()) { field, _ in
            switch field {
            case .statement: "SELECT 1 FROM t WHERE a = 'canary' AND b = 424242"
            case .definition: "CREATE INDEX i ON t (a) WHERE b = 'canary'"
            case .expression: "(a = 'canary'::text)"
            case .plan: #"[{"Plan": {"Node Type": "Seq Scan", "Filter": "(a = 'canary'::text)"}}]"#
            case .text: "it failed for value \"x\": \"canary\" and 'canary'"
            default: nil
            }
        }
        snapshot.redaction = .none
        var pseudonyms = NamePseudonyms(replacesNames: false)
        let clean = try pseudonyms.redacted(snapshot)
        #expect(clean.redaction == .literals)
        for (place, text) in try CanarySnapshot.strings(clean) {
            #expect(!text.contains("canary") && !text.contains("424242"), "\(place): \(text)")
        }
        #expect(clean.statementStatistics?.statements[0].text == "SELECT $1 FROM t WHERE a = $2 AND b = $3")
    }

    @Test("names of PostgreSQL's own and loopback stay, common words change only where they are told to be a name")
    func wellKnown() throws {
        let snapshot = Snapshot.make {
            $0.roles = ["postgres", "pg_monitor", "app", "anna", "orders"].map { name in .make { $0.name = name } }
            $0.databases = ["postgres", "shop"].map { name in .make { $0.name = name } }
            $0.catalogs = [.make { $0.relations = [.make { $0.name = QualifiedName("public", "orders") }] }]
            $0.hostRules = [
                .make { ($0.address, $0.netmask, $0.roles) = ("127.0.0.1", "255.255.255.255", ["+anna", "all"]) }
            ]
            $0.backends = [.make { ($0.client, $0.application) = ("::1", "psql") }]
            $0.notes = [
                .make {
                    $0.text = "the app in shop reads orders as role app, \"app\" or anna; annabel in database shop"
                }
            ]
        }
        var pseudonyms = NamePseudonyms(replacesNames: true)
        let clean = try pseudonyms.redacted(snapshot)
        let names = clean.roles.map(\.name)
        #expect(names == ["postgres", "pg_monitor", names[2], names[3], names[4]] && Set(names).count == 5)
        #expect(
            clean.notes[0].text
                == "the app in shop reads orders as role \(names[2]), \"\(names[2])\" or \(names[3]); annabel in database \(clean.databases[1].name)"
        )
        #expect(clean.hostRules?[0].address == "127.0.0.1" && clean.hostRules?[0].roles == ["+\(names[3])", "all"])
        #expect(clean.backends[0].client == "::1" && clean.backends[0].application == "psql")
        #expect(clean.catalogs[0].relations[0].name.name == "orders")
    }

    @Test("a planner's image: its database and the roles in its texts, after its values")
    func image() async throws {
        var image = PlannerImage.of(
            [("pg_catalog.text", ["canary-value"]), ("pg_catalog.jsonb", ["canary-value"])],
            definitions: [
                (
                    .view,
                    "CREATE VIEW public.v AS SELECT 1 WHERE CURRENT_USER = 'canary-value'::name AND \"canary-role\".f()"
                )
            ])
        image.database = "canary_db"
        image.missing = ["the role \"canary-role\" may not read 'canary-value' of 203.0.113.9"]
        image.settings = ["search_path": "\"canary-role\", public", "x": "password=canary-value"]
        var pseudonyms = NamePseudonyms(replacesNames: true)
        try pseudonyms.learn(.make { $0.roles = [.make { $0.name = "canary-role" }] })
        let surrogates = try await Surrogates(for: [image], order: { $0.sorted() })
        let clean = try pseudonyms.redacted(surrogates.redacted(image))
        for (place, text) in try CanarySnapshot.strings(clean) {
            #expect(!text.contains("canary") && !text.contains("203.0"), "\(place): \(text)")
        }
        #expect(clean.database == "db_1" && clean.definitions.count == 1)
    }

    @Test("the key file grows, keeps what it has, is for its owner alone, and a broken one is refused")
    func keyFile() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("key-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("names.json").path
        let first = try PseudonymKey.updating(path) {
            [$0.pseudonym(of: "anna", .role), $0.pseudonym(of: "bert", .role)]
        }
        #expect(first == ["role_1", "role_2"])
        let second = try PseudonymKey.updating(path) {
            [$0.pseudonym(of: "cleo", .role), $0.pseudonym(of: "anna", .role), $0.pseudonym(of: "anna", .database)]
        }
        #expect(second == ["role_3", "role_1", "db_1"])
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try PseudonymKey.updating(path) {
                _ = $0.pseudonym(of: "dora", .role)
                throw Stop()
            }
        }
        #expect(try PseudonymKey.read(path).names[.role]?.count == 3)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: PseudonymKey.FileError.self) { try PseudonymKey.read(path) }
    }

    @Test("many processes that use one key file at once lose no name")
    func keyFileUnderContention() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("key-\(UUID().uuidString).json").path
        defer { for name in [path, path + ".lock"] { unlink(name) } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask { try PseudonymKey.updating(path) { _ = $0.pseudonym(of: "role \(number)", .role) } }
            }
            try await group.waitForAll()
        }
        let names = try #require(try PseudonymKey.read(path).names[.role])
        #expect(names.count == 20 && Set(names.values).count == 20)
    }
}
