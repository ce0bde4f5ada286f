import Testing

@testable import Sweeping

@Suite struct SlotsTests {
    @Test func theNextIsVisitedWhileOneIsJudged() async {
        let slots = Slots(2)
        let (first, second) = (await slots.take(), await slots.take())
        #expect(!slots.hasPlace)
        first.read()
        #expect(slots.hasPlace)
        first.end()
        second.end()
        #expect(slots.hasPlace)
    }

    @Test func noMoreAreJudgedThanThereArePlaces() async {
        let slots = Slots(2)
        let (first, second) = (await slots.take(), await slots.take())
        first.read()
        second.read()
        // Both places are free, and nobody is let in: their snapshots would pile up.
        #expect(!slots.hasPlace)
        second.end()
        #expect(slots.hasPlace)
        let third = await slots.take()
        third.end()
        first.end()
        #expect(slots.hasPlace)
    }

    @Test func onePlaceIsOneAfterTheOther() async {
        let slots = Slots(1)
        let only = await slots.take()
        only.read()
        #expect(!slots.hasPlace)
        only.read()
        only.end()
        #expect(slots.hasPlace)
    }

    @Test func whoWaitsForItsServerHoldsNoPlaceAndIsNotGivenTwo() async {
        let slots = Slots(1)
        let dead = await slots.take(patienceToConnect: 0.01)
        // Only since the first gave its place back.
        let next = await slots.take()
        #expect(!slots.hasPlace)
        dead.read()
        #expect(!slots.hasPlace)
        dead.end()
        #expect(!slots.hasPlace)
        next.end()
        #expect(slots.hasPlace)
    }
}
