import Foundation
import Synchronization

/// Stands between a client and a server on 127.0.0.1: delays, freezes, cuts, and counts round trips.
package final class NetworkProxy: Sendable {
    private struct State {
        var isFrozen = false
        var isClosed = false
        var connections: [Int32] = []
        var lastWasClient = false
        var roundTrips = 0
        var bytesFromServer = 0
    }

    /// Where clients connect to.
    package let port: Int
    /// ms added each way.
    private let delay: Int
    private let target: Int
    private let listener: ListeningSocket
    private let state = Mutex(State())

    package init(to port: Int, delay: Int = 0) throws {
        target = port
        self.delay = delay
        listener = try ListeningSocket()
        self.port = listener.port
        Thread { [self] in accept() }.start()
    }

    /// How often the client began to speak after the server had (or at first).
    package var roundTrips: Int { state.withLock { $0.roundTrips } }
    package var bytesFromServer: Int { state.withLock { $0.bytesFromServer } }

    /// From now on nothing passes, in either direction, and nobody is told.
    package func freeze() { state.withLock { $0.isFrozen = true } }

    /// Cuts all connections; new ones may come.
    package func cut() {
        state.withLock { state in
            for descriptor in state.connections { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    package func close() {
        state.withLock { $0.isClosed = true }
        cut()
        listener.close()
    }

    private func accept() {
        while true {
            let client = Foundation.accept(listener.descriptor, nil, nil)
            guard client >= 0 else { return }
            guard let server = ListeningSocket.connect(port: target) else {
                Foundation.close(client)
                continue
            }
            for descriptor in [client, server] {
                var on: Int32 = 1
                setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            }
            state.withLock { $0.connections += [client, server] }
            Thread { [self] in pump(from: client, to: server, isClient: true) }.start()
            Thread { [self] in pump(from: server, to: client, isClient: false) }.start()
        }
    }

    /// Carries bytes one way, each chunk `delay` ms after it came, however many are under way.
    private func pump(from source: Int32, to sink: Int32, isClient: Bool) {
        var waiting: [(due: UInt64, bytes: [UInt8])] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        var isOpen = true
        while isOpen || !waiting.isEmpty {
            let now = DispatchTime.now().uptimeNanoseconds
            while let first = waiting.first, first.due <= now {
                waiting.removeFirst()
                pass(first.bytes, to: sink, isClient: isClient)
            }
            let timeout = waiting.first.map { Int32(($0.due - min(now, $0.due)) / 1_000_000 + 1) } ?? -1
            var ready = pollfd(fd: isOpen ? source : -1, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, timeout) > 0 else { continue }
            let count = recv(source, &buffer, buffer.count, 0)
            if count > 0 {
                let due = DispatchTime.now().uptimeNanoseconds + UInt64(delay) * 1_000_000
                if delay == 0 {
                    pass(Array(buffer[..<count]), to: sink, isClient: isClient)
                } else {
                    waiting.append((due, Array(buffer[..<count])))
                }
            } else {
                isOpen = false
            }
        }
        shutdown(sink, Int32(SHUT_WR))
    }

    private func pass(_ bytes: [UInt8], to sink: Int32, isClient: Bool) {
        let isFrozen = state.withLock { state in
            if state.isFrozen { return true }
            if isClient, !state.lastWasClient { state.roundTrips += 1 }
            state.lastWasClient = isClient
            if !isClient { state.bytesFromServer += bytes.count }
            return false
        }
        if isFrozen { return }
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(sink, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}
