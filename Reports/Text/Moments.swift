import Foundation
import Model

/// Points in time as reports write them; always UTC, independent of locale and time zone.
package enum Moments {
    /// RFC 3339, with milliseconds where there are any: `2026-03-04T09:14:07Z`.
    package static func rfc3339(_ moment: Date) -> String {
        // Rounded first: the style cuts, and 07.9999999 would lose a whole second.
        let milliseconds = (moment.timeIntervalSince1970 * 1000).rounded()
        let isWhole = milliseconds.truncatingRemainder(dividingBy: 1000) == 0
        let rounded = Date(timeIntervalSince1970: (milliseconds + 0.01) / 1000)
        return rounded.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: !isWhole))
    }

    /// `2026-03-04 09:14:07 UTC`
    package static func plain(_ moment: Date) -> String {
        let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space, includingFractionalSeconds: false)
        return moment.formatted(style).replacing("Z", with: " UTC")
    }

    /// `Mon 2026-03-02 02:10`: where the weekday tells something.
    package static func withWeekday(_ moment: Date) -> String {
        let seconds = moment.timeIntervalSince1970
        return "\(WallClock.dayNames[WallClock.weekdayPlace(seconds)]) \(WallClock().full(seconds))"
    }
}
