import Foundation

/// SplitMix64: the same numbers in every run.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Rounds with other random numbers each, for as long as CI has time: `PGMEDIC_FUZZ_SECONDS`, 30 without it.
package enum Fuzzing {
    package static var seconds: Double {
        ProcessInfo.processInfo.environment["PGMEDIC_FUZZ_SECONDS"].flatMap(Double.init) ?? 30
    }

    /// The seeds are 1, 2, 3, …: what fails in a round fails in every run that comes so far.
    ///
    /// - Returns: how many rounds there were; at least one.
    @discardableResult
    package static func run(_ round: (inout SeededGenerator) throws -> Void) rethrows -> Int {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var seed: UInt64 = 0
        repeat {
            seed += 1
            var generator = SeededGenerator(seed: seed)
            try round(&generator)
        } while ContinuousClock.now < deadline
        return Int(seed)
    }
}

extension [UInt8] {
    /// A few bytes of it changed, taken out, doubled, or one of `crumbs` put in; sometimes its end cut off.
    package func damaged(with crumbs: [String], _ random: inout SeededGenerator) -> String {
        var changed = self
        for _ in 0..<Int.random(in: 1...6, using: &random) where !changed.isEmpty {
            let place = Int.random(in: 0..<changed.count, using: &random)
            let end = Swift.min(changed.count, place + Int.random(in: 1...60, using: &random))
            switch Int.random(in: 0..<9, using: &random) {
            case 0, 1: changed.removeSubrange(place..<end)
            case 2, 3: changed.insert(contentsOf: Array(crumbs.randomElement(using: &random)!.utf8), at: place)
            case 4, 5: changed[place] = UInt8.random(in: 1...255, using: &random)
            case 6, 7:
                changed.insert(contentsOf: changed[place..<end], at: Int.random(in: 0..<changed.count, using: &random))
            default: changed.removeSubrange(end...)
            }
        }
        return String(decoding: changed, as: UTF8.self)
    }
}
