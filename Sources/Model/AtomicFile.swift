import Foundation

/// Writes files that are whole or not there: a half-written one never replaces a good one.
package enum AtomicFile {
    /// Why a file could not be written; safe to show.
    package struct WriteError: Error, CustomStringConvertible {
        package let path: String
        package let reason: String
        package var description: String { "cannot write \(path): \(reason)" }
    }

    /// Writes beside the target, then renames. A file that is not a regular one (`/dev/stdout`, a pipe) is written to as it
    /// is.
    ///
    /// - Parameter mode: for the owner alone, unless others are meant to read it.
    package static func write(_ data: Data, to path: String, mode: mode_t = 0o600) throws {
        var status = stat()
        if stat(path, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { throw WriteError(path: path, reason: "is a directory") }
            if status.st_mode & S_IFMT != S_IFREG {
                let descriptor = open(path, O_WRONLY | O_CLOEXEC)
                guard descriptor >= 0 else { throw WriteError(path: path, reason: lastError()) }
                defer { close(descriptor) }
                return try fill(descriptor, with: data, path: path)
            }
        }
        let temporary = path + ".\(getpid()).partial"
        // Of a process of our number that was killed: in a container each has the same.
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw WriteError(path: path, reason: lastError()) }
        do {
            defer { close(descriptor) }
            try fill(descriptor, with: data, path: path)
            guard fsync(descriptor) == 0 else { throw WriteError(path: path, reason: lastError()) }
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            let reason = lastError()
            unlink(temporary)
            throw WriteError(path: path, reason: reason)
        }
    }

    /// Whether `write` would find a folder that it may write to, so that a long run fails before it starts.
    package static func check(_ path: String) throws {
        var status = stat()
        if stat(path, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { throw WriteError(path: path, reason: "is a directory") }
            if status.st_mode & S_IFMT != S_IFREG { return }
        }
        let folder = (path as NSString).deletingLastPathComponent
        guard access(folder.isEmpty ? "." : folder, W_OK | X_OK) == 0 else {
            throw WriteError(path: path, reason: lastError())
        }
    }

    /// Makes a folder, and those around it, for their owner alone; one that is there stays as it is.
    package static func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw WriteError(path: path, reason: "the folder cannot be made")
        }
    }

    private static func fill(_ descriptor: Int32, with data: Data, path: String) throws {
        try data.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let written = Foundation.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { throw WriteError(path: path, reason: lastError()) }
                offset += written
            }
        }
    }

    private static func lastError() -> String { String(cString: strerror(errno)) }
}
