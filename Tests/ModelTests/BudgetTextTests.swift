import Model
import Testing

@Suite("Budgets as they are written")
struct BudgetTextTests {
    @Test(arguments: [
        ("500MB", 524_288_000), ("500 MB", 524_288_000), ("1kB", 1024), ("1.5GiB", 1_610_612_736),
        ("2TB", 2_199_023_255_552),
        ("0", 0), ("8192", 8192), ("8192B", 8192), ("3g", 3_221_225_472), (".5kB", 512),
    ])
    func sizes(_ text: String, _ bytes: Int64) { #expect(StorageBudget(text) == .bytes(bytes)) }

    @Test(arguments: [("25%", 0.25), ("25 %", 0.25), ("0%", 0), ("150%", 1.5), ("12.5%", 0.125)])
    func shares(_ text: String, _ share: Double) { #expect(StorageBudget(text) == .share(share)) }

    @Test(arguments: [
        "", " ", "MB", "%", "-1", "-5MB", "1.2.3MB", "12 parsecs", "5MBs", "1e9", "inf", "nan", "9999999TB", "20000%",
        "٣MB",
        "1,5GB", "0x10", "25%%", ".", ".MB",
    ])
    func nonsenseIsNoSize(_ text: String) { #expect(StorageBudget(text) == nil) }

    @Test(arguments: [("10%", 0.1), ("0.1", 0.1), ("0", 0), ("1", 1), ("100%", 1), ("0.5 %", 0.005)])
    func plainShares(_ text: String, _ share: Double) { #expect(WrittenShare.share(text) == share) }

    @Test(arguments: ["", "5", "101%", "-1%", "10MB", "ten", "1e-2", "%"])
    func nonsenseIsNoShare(_ text: String) { #expect(WrittenShare.share(text) == nil) }

    @Test func namesAreGuessedWhereOneIsNear() {
        #expect(NearName.nearest(to: "oders", among: ["orders", "customers"]) == "orders")
        #expect(NearName.nearest(to: "xyz", among: ["orders", "customers"]) == nil)
        #expect(NearName.nearest(to: "a", among: []) == nil)
    }
}
