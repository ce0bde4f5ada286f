import Testing

@testable import Model

@Suite struct QuantityTests {
    @Test func countsAreGrouped() {
        #expect(Quantity.count(Int64(1_234_567)) == "1,234,567")
        #expect(Quantity.count(Int64.min) == "-9,223,372,036,854,775,808")
        #expect(Quantity.count(Int64(999)) == "999")
    }

    @Test(arguments: [
        (0.0, "0 ms"), (0.02, "0.020 ms"), (0.4, "0.4 ms"), (412, "412 ms"), (4120, "4.1 s"), (45_000, "45 s"),
        (252_000, "4 min 12 s"),
        (11_100_000, "3 h 5 min"), (1_036_800_000, "12 days"), (999.4, "999 ms"), (999.6, "1.0 s"),
    ])
    func timesReadAsPeopleSayThem(ms: Double, text: String) { #expect(Quantity.milliseconds(ms) == text) }

    @Test(arguments: [
        (Int64(0), "0 bytes"), (8192, "8 kB"), (10 << 20, "10 MB"), (5 << 20, "5.0 MB"), (9_770_000_000, "9.1 GB"),
    ])
    func bytesUseUnitsOf1024(bytes: Int64, text: String) { #expect(Quantity.bytes(bytes) == text) }

    @Test func sharesBelowOnePercentKeepAPlace() {
        #expect(Quantity.percent(0.384) == "38 %")
        #expect(Quantity.percent(0.004) == "0.4 %")
        #expect(Quantity.percent(0) == "0 %")
    }

    @Test func numbersThatAreNoneDoNotCrash() {
        #expect(Quantity.decimal(.nan, places: 1) == "–")
        #expect(Quantity.decimal(.infinity, places: 0) == "–")
        #expect(Quantity.decimal(-0.001, places: 1) == "0.0")
    }
}

@Suite struct NamesTests {
    @Test(arguments: [
        ("orders", "orders"), ("Order", "\"Order\""), ("order", "\"order\""), ("a\"b", "\"a\"\"b\""), ("1x", "\"1x\""),
        ("naïve", "\"naïve\""), ("", "\"\""), ("select", "\"select\""), ("x y", "\"x y\""),
    ])
    func identifiersAreQuotedWhereTheyMust(name: String, quoted: String) { #expect(SQL.identifier(name) == quoted) }

    @Test func whatCannotBeSeenIsEscapedInNames() {
        #expect(SQL.identifier("a\u{202E}b") == "U&\"a\\202Eb\"")
        #expect(SQL.identifier("a\nb\u{1B}\u{E0041}") == "U&\"a\\000Ab\\001B\\+0E0041\"")
        #expect(SQL.identifier("a\\b\"\u{7F}") == "U&\"a\\\\b\"\"\\007F\"")
        #expect(SQL.identifier("a\\b") == "\"a\\b\"")
        #expect(SQL.literal("a\u{202E}'\n") == "E'a\\u202E''\\n'")
    }

    @Test func literalsAreQuoted() {
        #expect(SQL.literal("it's") == "'it''s'")
        #expect(SQL.literal("a\\b'") == "E'a\\\\b'''")
    }
}

@Suite struct CountersTests {
    @Test func aCounterThatFellTellsOfAReset() {
        var then = IndexCounters()
        then.scans = 10
        var now = IndexCounters()
        now.scans = 12
        #expect(now.since(then)?.scans == 2)
        #expect(then.since(now) == nil)
    }
}

@Suite struct FreeNameTests {
    @Test func aNameIsFreeAndFitsItsBytes() {
        #expect(SQL.freeName(["orders", "at"], besides: []) == "orders_at_idx")
        #expect(SQL.freeName(["orders", "at"], besides: ["orders_at_idx", "orders_at_idx1"]) == "orders_at_idx2")
        let long = SQL.freeName([String(repeating: "é", count: 60)], suffix: "_gin_idx", besides: [])
        #expect(long.utf8.count <= 60 && long.hasSuffix("é_gin_idx"))
        #expect(SQL.freeName([String(repeating: "é", count: 60)], suffix: "_gin_idx", besides: [long]) == long + "1")
    }
}
