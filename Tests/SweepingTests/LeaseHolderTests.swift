import Foundation
import Testing

@testable import Sweeping

@Suite struct LeaseHolderTests {
    @Test func aProcessThatLivesIsNotGone() throws {
        let own = LeaseHolder()
        #expect(!own.isGone)
        #expect(LeaseHolder(own.text) == own)
    }

    @Test func aProcessThatEndedIsGoneWhereItsNumberMeansSomething() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/true")
        try process.run()
        process.waitUntilExit()
        let own = LeaseHolder().text.split(separator: " ")
        let gone = try #require(LeaseHolder("\(own[0]) \(process.processIdentifier) x"))
        #expect(gone.isGone)
        let elsewhere = try #require(LeaseHolder("db7/pid:[1] \(process.processIdentifier) x"))
        #expect(!elsewhere.isGone)
        #expect(LeaseHolder("somebody") == nil)
    }
}
