import Foundation
import Testing

@testable import Model

struct SameMomentTests {
    @Test func aMomentThatWentThroughAFileIsTheSame() throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .millisecondsSince1970
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .millisecondsSince1970
        let moments = (0..<2_000).map { Date(timeIntervalSince1970: 1_764_176_400.123457 + Double($0) * 0.73721) }
        let read = try decoder.decode([Date].self, from: encoder.encode(moments))
        #expect(moments != read, "else this test shows nothing")
        #expect(zip(moments, read).allSatisfy { $0.isSameMoment(as: $1) })
    }

    @Test func anotherMomentOrNoneIsNot() {
        let moment = Date(timeIntervalSince1970: 1_764_176_400)
        #expect(moment.isSameMoment(as: moment.addingTimeInterval(0.002)) == false)
        #expect(moment.isSameMoment(as: nil) == false)
        let none: Date? = nil
        #expect(none.isSameMoment(as: moment) == false)
        #expect(none.isSameMoment(as: nil))
    }
}
