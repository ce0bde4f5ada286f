import History
import Model
import Testing

@Suite struct FixDetectionTests {
    private typealias Index = FixDetection.Index

    private static func facts(_ configure: (inout FixDetection.Facts) -> Void) -> FixDetection.Facts {
        var facts = FixDetection.Facts()
        facts.databases = ["shop"]
        configure(&facts)
        return facts
    }

    private static let advice = FixDetection.Advice.index(
        relation: "public.orders", columns: ["customer_id", "(lower(email))"], database: "shop")

    /// An index now, and whether it is the advised one.
    @Test(arguments: [
        (["customer_id", "lower(email)"], "public.orders", "shop", true, true),
        (["customer_id", "lower( email )", "status"], "public.orders", "shop", true, true),
        (["lower(email)", "customer_id"], "public.orders", "shop", true, false),
        (["customer_id"], "public.orders", "shop", true, false),
        (["customer_id", "lower(email)"], "public.customers", "shop", true, false),
        (["customer_id", "lower(email)"], "public.orders", "crm", true, false),
        (["customer_id", "lower(email)"], "public.orders", "shop", false, false),
    ])
    func anIndexWithTheseLeadingKeysIsTheAdvisedOne(
        _ columns: [String], _ relation: String, _ database: String, _ isValid: Bool, _ expected: Bool
    ) {
        let now = Self.facts { $0.indexes = [Index("public.i", on: relation, columns, in: database, isValid: isValid)] }
        let appeared = FixDetection.appeared([Self.advice], between: Self.facts { _ in }, and: now)
        #expect(appeared == (expected ? [Self.advice] : []))
        #expect(FixDetection.appeared([Self.advice], between: now, and: now).isEmpty, "it was there before")
    }

    @Test func whatWasNotReadHasNotAppeared() {
        let now = Self.facts {
            $0.indexes = [Index("public.i", on: "public.orders", ["customer_id", "lower(email)"], in: "shop")]
        }
        #expect(FixDetection.appeared([Self.advice], between: FixDetection.Facts(), and: now).isEmpty)
        let drop = FixDetection.Advice.indexDropped("public.i", database: "shop")
        #expect(FixDetection.appeared([drop], between: now, and: FixDetection.Facts()).isEmpty)
        #expect(FixDetection.appeared([drop], between: now, and: Self.facts { _ in }) == [drop])
    }

    @Test func anIndexThatBecomesValidHasAppeared() {
        func facts(_ isValid: Bool) -> FixDetection.Facts {
            Self.facts {
                $0.indexes = [
                    Index(
                        "public.i", on: "public.orders", ["customer_id", "lower(email)"], in: "shop", isValid: isValid)
                ]
            }
        }
        #expect(FixDetection.appeared([Self.advice], between: facts(false), and: facts(true)) == [Self.advice])
    }

    /// `work_mem` before and after in kB, or with its own unit, and whether that is what was advised.
    @Test(arguments: [
        ("4096", "65536", "64MB", true), ("4096", "64MB", "65536", true), ("4096", "131072", "64MB", true),
        ("4096", "32768", "64MB", false), ("65536", "65536", "64MB", false), ("4096", "2048", "64MB", false),
        ("131072", "65536", "64MB", true), ("131072", "32768", "64MB", true), ("131072", "100000", "64MB", false),
        ("4096", "-1", "64MB", false), ("4096", "nonsense", "64MB", false),
    ])
    func aSettingThatReachesTheAdvisedValueHasAppeared(
        _ old: String, _ new: String, _ advised: String, _ expected: Bool
    ) {
        let advice = FixDetection.Advice.setting(.server, name: "work_mem", value: advised)
        func facts(_ value: String) -> FixDetection.Facts {
            Self.facts { $0.settings[.server] = ["work_mem": .init(value, unit: "kB")] }
        }
        #expect(FixDetection.appeared([advice], between: facts(old), and: facts(new)).isEmpty == !expected)
    }

    @Test func settingsOfRolesRelationsAndSwitches() {
        let server = ["work_mem": FixDetection.Value("4096", unit: "kB"), "jit": .init("on")]
        let then = Self.facts { $0.settings[.server] = server }
        let now = Self.facts {
            $0.settings[.server] = server
            $0.settings[.server]?["jit"] = .init("off")
            $0.settings[.role("reporting", database: nil)] = ["work_mem": .init("64MB")]
            $0.settings[.relation("public.orders", database: "shop")] = [
                "autovacuum_vacuum_scale_factor": .init("0.01")
            ]
        }
        let advice: [FixDetection.Advice] = [
            .setting(.role("reporting", database: nil), name: "work_mem", value: "64MB"),
            .setting(
                .relation("public.orders", database: "shop"), name: "autovacuum_vacuum_scale_factor", value: "0.01"),
            .setting(.server, name: "jit", value: "false"),
        ]
        #expect(FixDetection.appeared(advice, between: then, and: now) == advice)
        let others: [FixDetection.Advice] = [
            .setting(.role("app", database: nil), name: "work_mem", value: "64MB"),
            .setting(.server, name: "work_mem", value: "64MB"),
            .setting(.relation("public.items", database: "shop"), name: "fillfactor", value: "90"),
        ]
        #expect(FixDetection.appeared(others, between: then, and: now).isEmpty)
    }

    @Test func adviceIsSaidInAFewWords() {
        let words: [(FixDetection.Advice, String)] = [
            (Self.advice, "an index on orders (customer_id, (lower(email)))"),
            (.indexDropped("crm.i", database: nil), "dropping crm.i"),
            (.setting(.server, name: "jit", value: "off"), "jit = off"),
            (
                .setting(.role("app", database: "shop"), name: "jit", value: "off"),
                "jit = off of role app in database shop"
            ),
            (.setting(.relation("public.t", database: nil), name: "fillfactor", value: "90"), "fillfactor = 90 of t"),
        ]
        for (advice, text) in words { #expect(advice.text == text) }
    }

    @Test func factsComeFromSnapshots() {
        let snapshot = Snapshot.make {
            $0.server.role = "monitor"
            $0.settings = [
                .make { ($0.name, $0.value, $0.unit) = ("work_mem", "4096", "kB") },
                .make { ($0.name, $0.value) = ("jit", "off") },
            ]
            $0.roleSettings = [
                .make { ($0.role, $0.name, $0.value) = ("monitor", "jit", "off") },
                .make { ($0.role, $0.name, $0.value) = ("reporting", "work_mem", "64MB") },
            ]
            $0.catalogs = [
                .make {
                    $0.database = "shop"
                    $0.relations = [
                        .make { ($0.name, $0.options) = (QualifiedName("public", "orders"), ["fillfactor": "90"]) }
                    ]
                    $0.indexes = [
                        .make {
                            $0.name = QualifiedName("public", "orders_i")
                            $0.relation = QualifiedName("public", "orders")
                            $0.columns = [
                                .make { $0.name = "status" }, .make { $0.expression = "lower(email)" },
                                .make { $0.name = "included" },
                            ]
                            $0.keyCount = 2
                        }
                    ]
                }
            ]
        }
        let facts = FixDetection.Facts(snapshot)
        #expect(facts.databases == ["shop"] && facts.indexes.map(\.columns) == [["status", "lower(email)"]])
        // What our own role has set is not the server's.
        #expect(facts.settings[.server].map { Set($0.keys) } == ["work_mem"])
        #expect(facts.settings[.relation("public.orders", database: "shop")]?["fillfactor"]?.text == "90")
        #expect(facts.settings[.role("reporting", database: nil)]?["work_mem"]?.text == "64MB")
    }
}
