import Foundation

/// A PostgreSQL server of ours, which ends when our process does, in whatever way, unless it is told to stay.
final class LabServer: Sendable {
    private let process: LabProcess

    /// A shell watches over the server: at the end of its standard input, which only we hold open, it kills the server and removes
    /// the folder. A word tells it otherwise.
    private static let watch = """
        programs=$1 folder=$2
        exec 3<&0
        trap '' INT TERM HUP PIPE
        "$programs/postgres" -D "$folder/data" >>"$folder/log" 2>&1 </dev/null 3<&- &
        server=$!
        (
            trap - TERM
            if read -r word <&3; then
                case $word in
                stop) kill -INT $server ;;
                esac
            else
                : >"$folder/abandoned"
                kill -QUIT $server
            fi
        ) >/dev/null 2>&1 &
        reader=$!
        wait $server
        status=$?
        kill $reader 2>/dev/null
        if [ -e "$folder/abandoned" ]; then rm -rf "$folder"; fi
        exit $status
        """

    /// Starts it and waits until it takes connections.
    ///
    /// - Parameter seconds: at most.
    /// - Throws: `LabError` with the end of the server's log.
    static func start(_ programs: LabPrograms, _ folder: LabFolder, within seconds: Double = 60) async throws
        -> LabServer
    {
        let command = ServerUser.command("/bin/sh", ["-c", watch, "sh", programs.folder, folder.path])
        let process = try LabProcess(command, environment: ServerUser.environment(programs: programs.folder))
        let server = LabServer(process)
        let deadline = ContinuousClock.now + .seconds(seconds)
        var words = ""
        while ContinuousClock.now < deadline {
            do {
                try await LabSession.open(folder: folder.path, database: "postgres", role: "postgres").close()
                return server
            } catch let refusal as LabRefusal {
                words = refusal.message
            }
            try Task.checkCancellation()
            if process.hasEnded(within: 10) {
                throw LabError("the lab's PostgreSQL did not start:\n\(folder.lastWords)")
            }
        }
        throw LabError("the lab's PostgreSQL took no connection within \(seconds) s: \(words)\n\(folder.lastWords)")
    }

    private init(_ process: LabProcess) { self.process = process }

    /// Shuts it down and waits for its end; its data stay.
    func stop() async {
        process.say("stop")
        _ = await process.outcome()
    }

    /// Ends it as our own end would: at once, and its folder goes too.
    func abandon() async {
        process.closeInput()
        _ = await process.outcome()
    }

    /// Lets it run on without us; nothing of ours ends it any more.
    func leave() { process.say("stay") }
}
