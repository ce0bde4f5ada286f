import Testing
@testable import Model
@Test func thousandsAreGrouped() { #expect(Quantity.count(Int64(1_234_567)) == "1,234,567") }
