// swift-format-ignore-file
// Written by Scripts/embed (make generate); do not edit.

/// The templates and the stylesheet of the page, so that the program is one file.
enum TemplateFiles {
    static let action = #"""
{{% CONTENT_TYPE:PAGE}}<div class="action">
<p class="order"><span class="tier">{{tier}}</span><strong>{{title}}</strong></p>
{{#sql}}
{{#isLong}}<details class="long"><summary>{{size}}</summary>{{/isLong}}<pre class="sql">{{text}}</pre>{{#isLong}}</details>{{/isLong}}
{{/sql}}
{{#hasSteps}}
<ul>{{#steps}}<li>{{prose}}{{#code}}<pre class="sql">{{.}}</pre>{{/code}}</li>{{/steps}}</ul>
{{/hasSteps}}
<dl class="notes">{{#notes}}<dt>{{label}}</dt><dd>{{#isCode}}<code>{{value}}</code>{{/isCode}}{{^isCode}}{{value}}{{/isCode}}</dd>{{/notes}}</dl>
</div>

"""#

    static let caseStyle = #"""
body.case { font-size: 14px; }
body.case section { margin-top: 16px; }
body.case h2 { font-size: 12.5px; color: var(--faint); margin: 0 0 4px; text-transform: uppercase; letter-spacing: 0.03em; }
body.case ul { margin: 0; padding-left: 18px; }
body.case li { margin: 0 0 2px; }
body.case .columns { display: grid; grid-template-columns: 1fr 1fr; gap: 0 24px; }
body.case .headline { font-size: 16px; padding: 12px 16px; }
body.case .cause { border-left: 4px solid var(--accent); padding: 2px 0 2px 14px; }
body.case .cause p { margin: 0 0 6px; }
body.case .evidence { columns: 2; column-gap: 24px; }
body.case .evidence li { break-inside: avoid; }
body.case .steps-list { list-style: none; padding: 0; }
body.case .question { background: var(--soft); padding: 10px 14px; border-radius: 6px; }
body.case .question p { margin: 0; font-weight: 600; }
body.case .small { font-size: 12.5px; }
body.case .small code { font-size: 11px; }
body.case .tier { padding: 0 6px; }
body.case .steps-list li { margin: 0 0 5px; }
body.case section h2:not(:first-child) { margin-top: 12px; }
body.case .files span:not(:last-child)::after { content: " · "; }
body.case footer { margin-top: 14px; font-size: 12px; }
@media (max-width: 700px) { body.case .columns { grid-template-columns: 1fr; } body.case .evidence { columns: 1; } }
@media print {
    @page { size: A4; margin: 11mm 13mm; }
    body.case { font-size: 9.2pt; line-height: 1.32; background: none; }
    body.case main { padding: 0; max-width: none; }
    body.case h1 { font-size: 14pt; }
    body.case h2 { font-size: 8pt; }
    body.case section { margin-top: 7pt; break-inside: avoid; }
    body.case .headline { font-size: 10.5pt; padding: 6pt 9pt; }
    body.case .small { font-size: 7.8pt; }
    body.case .small code { font-size: 7pt; }
    body.case footer { display: none; }
}

"""#

    static let caseSummary = #"""
{{% CONTENT_TYPE:PAGE}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="{{generator}}">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{title}}</title>
<style>
{{{style}}}</style>
</head>
<body class="case">
<main>
<header>
<p class="brand">pgmedic · case for escalation</p>
<h1>{{title}}</h1>
<p class="facts">{{#facts}}<span>{{.}}</span>{{/facts}}</p>
</header>

<p class="headline {{tone}}">{{headline}}</p>

<div class="columns">
<section><h2>What users feel</h2><p>{{felt}}</p></section>
<section><h2>Since when</h2><ul>{{#since}}<li>{{.}}</li>{{/since}}</ul></section>
</div>

<section class="cause"><h2>Suspected root cause</h2>
{{#cause}}
<p><strong>{{title}}</strong><br><span class="quiet">{{facts}}</span></p>
{{#summary}}<p>{{.}}</p>{{/summary}}
<ul class="evidence">{{#evidence}}<li>{{.}}</li>{{/evidence}}{{#explains}}<li>explains: {{.}}</li>{{/explains}}{{#notIf}}<li>not, if {{.}}</li>{{/notIf}}</ul>
{{/cause}}
{{^cause}}<p>None was found in what could be read.</p>{{/cause}}
<p class="quiet">Impact: {{impact}}</p>
</section>

<div class="columns">
<section><h2>Ruled out, and by what</h2><ul class="short">{{#ruledOut}}<li>{{.}}</li>{{/ruledOut}}</ul></section>
<section><h2>Tried, and what it did</h2><ul>{{#tried}}<li>{{.}}</li>{{/tried}}</ul>
{{#hasAlternatives}}<h2>Also found</h2><ul>{{#alternatives}}<li>{{.}}</li>{{/alternatives}}</ul>{{/hasAlternatives}}
</section>
</div>

<section><h2>What pgmedic advises</h2>
<ul class="steps-list">{{#steps}}<li><span class="tier {{tier}}">{{tier}}</span> {{label}}: {{title}}</li>{{/steps}}</ul>
</section>

<section class="question"><h2>The question</h2><p>{{question}}</p></section>

{{#hasNotSeen}}<section class="small"><h2>Not seen</h2><ul>{{#notSeen}}<li>{{.}}</li>{{/notSeen}}</ul></section>{{/hasNotSeen}}
{{#hasFiles}}<section class="small"><h2>In the case</h2><p class="files">{{#files}}<span>{{#link}}<a href="{{.}}">{{name}}</a>{{/link}}{{^link}}<code>{{name}}</code>{{/link}} {{about}}</span>{{/files}}</p></section>{{/hasFiles}}
<footer><p class="quiet">{{generator}}</p></footer>
</main>
</body>
</html>

"""#

    static let finding = #"""
{{% CONTENT_TYPE:PAGE}}<details class="finding {{severity}}"{{#open}} open{{/open}}>
<summary><span class="number">{{number}}</span><span class="mark" role="img" aria-label="{{severity}}">{{mark}}</span><span class="title">{{title}}{{#explains}}<small>{{.}}</small>{{/explains}}</span><span class="impact">{{impact}}</span><span class="tier">{{tier}}</span><span class="sure">{{confidence}}</span></summary>
<div class="body"{{#anchor}} id="{{.}}"{{/anchor}}>
<p class="id"><a href="#{{fingerprint}}">{{fingerprint}}</a><span>{{rule}}</span>{{#objects}}<span>{{.}}</span>{{/objects}}{{#past}}<span class="past">{{.}}</span>{{/past}}</p>
<p class="summary">{{summary}}</p>
{{#hasFacts}}
<dl class="facts-list">{{#facts}}<div><dt>{{label}}</dt><dd>{{value}}</dd></div>{{/facts}}</dl>
{{/hasFacts}}
{{#texts}}
<p class="label">{{label}}</p>
<pre class="text">{{value}}</pre>
{{/texts}}
{{#notIf}}<p class="not-if"><b>Not if</b> {{.}}</p>{{/notIf}}
{{#actions}}
{{>action}}
{{/actions}}
{{#hasAlike}}
<div class="symptoms">
<p class="label">Alike; steps that are the same as above are left out</p>
{{#alike}}
{{>finding}}
{{/alike}}
</div>
{{/hasAlike}}
{{#hasSymptoms}}
<div class="symptoms">
<p class="label">Explains</p>
{{#symptoms}}
{{>finding}}
{{/symptoms}}
</div>
{{/hasSymptoms}}
</div>
</details>

"""#

    static let fleet = #"""
{{% CONTENT_TYPE:PAGE}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="{{generator}}">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{title}}</title>
<style>
{{{style}}}</style>
</head>
<body>
<main>
<header>
<p class="brand">pgmedic</p>
<h1>Which database first?</h1>
<p class="facts">{{#facts}}<span>{{.}}</span>{{/facts}}</p>
</header>

<p class="headline {{tone}}">{{headline}}</p>

{{#hasUnknown}}
<section id="unknown">
<h2>Unknown</h2>
<p class="quiet">Could not be looked at: nobody knows how they do.</p>
<div class="scroll">
<table class="numbers fleet">
<thead><tr><th class="text">target</th><th class="text">why</th><th>failures</th><th>last judged (UTC)</th><th>next attempt (UTC)</th></tr></thead>
<tbody>
{{#unknown}}
<tr><td class="name"><span class="mark">?</span><strong>{{#report}}<a href="{{link}}">{{name}}</a>{{/report}}{{^hasReport}}{{name}}{{/hasReport}}</strong><small>{{tags}}</small></td><td class="text">{{why}}</td><td>{{failures}}</td><td>{{judged}}</td><td>{{next}}</td></tr>
{{/unknown}}
</tbody>
</table>
</div>
</section>
{{/hasUnknown}}

{{#hasTargets}}
<section id="targets">
<h2>Targets</h2>
<div class="scroll">
<table class="numbers fleet">
<thead><tr><th>#</th><th class="text">target</th><th class="text">worst finding</th><th>impact</th><th>■</th><th>▲</th><th>●</th><th class="text">since the last sweep</th><th>judged (UTC)</th></tr></thead>
<tbody>
{{#targets}}
<tr class="{{tone}}"><td class="number">{{number}}</td><td class="name"><span class="mark">{{mark}}</span><strong>{{#report}}<a href="{{link}}">{{name}}</a>{{/report}}{{^hasReport}}{{name}}{{/hasReport}}</strong><small>{{place}}</small><small>{{tags}}</small></td><td class="text">{{worst}}{{#since}}<small>{{.}}</small>{{/since}}</td><td>{{impact}}</td><td>{{critical}}</td><td>{{warnings}}</td><td>{{notices}}</td><td class="delta">{{#changes}}<span>{{.}}</span>{{/changes}}</td><td>{{judged}}{{#part}}<small>{{.}}</small>{{/part}}</td></tr>
{{/targets}}
</tbody>
</table>
</div>
<p class="quiet fleet-note">■ critical ▲ warnings ● notices. Ordered by the severity of the worst finding, then by what it costs in sessions.</p>
</section>
{{/hasTargets}}
</main>
</body>
</html>

"""#

    static let fleetMail = #"""
{{% CONTENT_TYPE:PAGE}}<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{title}}</title></head>
<body style="font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;color:#1c2128;background:#ffffff">
<p style="font-size:17px;margin:0 0 16px">{{headline}}</p>
<table style="border-collapse:collapse;font-size:14px">
{{#news}}
<tr><td style="padding:6px 14px 6px 0;vertical-align:top;white-space:nowrap;border-top:1px solid #dfe3e8"><strong>{{name}}</strong></td><td style="padding:6px 0;vertical-align:top;border-top:1px solid #dfe3e8">{{#lines}}<div>{{.}}</div>{{/lines}}</td></tr>
{{/news}}
</table>
<p style="color:#57606a;font-size:13px;margin:16px 0 0">{{facts}}</p>
</body>
</html>

"""#

    static let fleetStyle = #"""
main { max-width: 1240px; }
.fleet th.text, .fleet td.text { width: auto; min-width: 240px; }
.fleet td.name { text-align: left; white-space: nowrap; }
.fleet th.text:first-child, .fleet th.text:nth-child(2) { min-width: 0; }
.fleet .mark { display: inline-block; width: 22px; color: var(--faint); }
.fleet td.name small { padding-left: 22px; }
.fleet strong { font-weight: 600; }
.fleet .critical .mark { color: var(--critical); }
.fleet .warning .mark { color: var(--warning); }
.fleet .notice .mark { color: var(--notice); }
.fleet .good .mark { color: var(--good); }
.fleet td.delta { text-align: left; min-width: 200px; white-space: normal; }
.fleet td.delta span { display: block; }
.fleet-note { margin-top: 10px; font-size: 13px; }

"""#

    static let history = #"""
{{% CONTENT_TYPE:PAGE}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="{{generator}}">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{title}}</title>
<style>
{{{style}}}</style>
</head>
<body>
<main>
<header>
<p class="brand">pgmedic</p>
<h1>{{heading}}</h1>
<p class="facts">{{#facts}}<span>{{.}}</span>{{/facts}}</p>
</header>

<p class="headline {{tone}}">{{headline}}</p>
{{#hasContents}}
<nav>{{#contents}}<a href="#{{target}}">{{text}}</a>{{/contents}}</nav>
{{/hasContents}}
{{#sections}}

<section id="{{id}}">
<h2>{{title}}</h2>
{{#blocks}}
{{#headings}}<h3>{{.}}</h3>
{{/headings}}
{{#texts}}<p>{{.}}</p>
{{/texts}}
{{#lists}}
<ul class="gaps">{{#items}}<li class="{{kind}}">{{text}}</li>{{/items}}</ul>
{{/lists}}
{{#grids}}
<div class="panels">
{{#panels}}
<figure class="{{kind}}">
<figcaption><h3>{{title}}</h3><p>{{sentence}}</p></figcaption>
{{#drawings}}<div class="{{scroll}}">{{{.}}}</div>
{{/drawings}}
</figure>
{{/panels}}
</div>
{{/grids}}
{{#decks}}
<div class="cards">
{{#cards}}
<article class="card {{kind}}">
<div class="card-text">
<h3>{{title}}</h3>
{{#leads}}<p class="from-to">{{text}} <small>{{note}}</small></p>
{{/leads}}
<p>{{sentence}}</p>
{{#codes}}<p><code>{{.}}</code></p>
{{/codes}}
{{#hasEvidence}}<ul>{{#evidence}}<li class="{{kind}}">{{text}}</li>{{/evidence}}</ul>
{{/hasEvidence}}
</div>
<div>{{#drawings}}{{{.}}}{{/drawings}}</div>
</article>
{{/cards}}
</div>
{{/decks}}
{{#tables}}
<div class="scroll">
<table class="numbers {{kind}}">
<thead><tr>{{#columns}}<th class="{{kind}}">{{title}}</th>{{/columns}}</tr></thead>
<tbody>
{{#rows}}
<tr class="{{kind}}">{{#cells}}<td class="{{kind}}"{{#ids}} id="{{.}}"{{/ids}}>{{#drawings}}{{{.}}}{{/drawings}}{{#texts}}{{.}}{{/texts}}{{#codes}}<code>{{.}}</code>{{/codes}}{{#notes}}<small>{{.}}</small>{{/notes}}</td>{{/cells}}</tr>
{{/rows}}
</tbody>
</table>
</div>
{{#more}}<p class="quiet">{{.}}</p>
{{/more}}
{{/tables}}
{{/blocks}}
</section>
{{/sections}}

<section id="method">
<h2>Method</h2>
<dl class="notes wide">{{#method}}<dt>{{label}}</dt><dd>{{value}}</dd>{{/method}}</dl>
</section>
<p class="quiet">{{generator}}{{#origin}} · <code>{{.}}</code>{{/origin}}</p>
</main>
</body>
</html>

"""#

    static let indexStyle = #"""
.charts { grid-template-columns: minmax(0, 1fr); }
.index { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: 0 0 8px; }
.index > summary { display: grid; grid-template-columns: 24px minmax(0, 1fr) fit-content(150px) 70px 110px; gap: 0 14px; align-items: baseline; padding: 11px 16px; cursor: pointer; list-style: none; }
.index > summary::-webkit-details-marker { display: none; }
.index > summary:hover .title { text-decoration: underline; text-underline-offset: 2px; }
.index[open] > summary { border-bottom: 1px solid var(--line); }
.index .body { padding-left: 54px; }
.index table { margin-bottom: 12px; }
.notes { grid-template-columns: 72px minmax(0, 1fr); }
@media screen and (max-width: 760px) {
    .index > summary { grid-template-columns: 24px minmax(0, 1fr); }
    .index > summary .impact, .index > summary .sure { grid-column: 2; text-align: left; }
    .index .body { padding-left: 14px; }
}

"""#

    static let indexes = #"""
{{% CONTENT_TYPE:PAGE}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="{{generator}}">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{title}}</title>
<style>
{{{style}}}</style>
</head>
<body>
<main>
<header>
<p class="brand">pgmedic</p>
<h1>Indexes of {{target}}</h1>
<p class="facts">{{#facts}}<span>{{.}}</span>{{/facts}}</p>
</header>

<p class="headline {{tone}}">{{headline}}</p>

{{#charts}}
<section class="charts">
<figure class="{{kind}}">
<figcaption><h2>{{title}}</h2><p>{{note}}</p></figcaption>
{{#bars}}
<div class="bars">
{{#rows}}
<span class="bar-label">{{label}}</span><span class="bar-track">{{{svg}}}</span><span class="bar-value">{{value}}</span>
{{/rows}}
<span></span><span class="bar-axis">{{{axis}}}</span><span class="bar-unit">{{unit}}</span>
</div>
{{/bars}}
</figure>
</section>
{{/charts}}

{{#hasCards}}
<section>
<h2>The set</h2>
{{#cards}}
<details class="index"{{#open}} open{{/open}}>
<summary><span class="number">{{number}}</span><span class="title">{{title}}</span><span class="impact">{{gain}}</span><span class="impact">{{size}}</span><span class="sure">{{basis}}</span></summary>
<div class="body">
<pre class="sql">{{sql}}</pre>
{{#hasServed}}
<div class="scroll"><table>
<thead><tr><th class="text">statement</th><th>cost of a call</th><th>share</th></tr></thead>
<tbody>
{{#served}}
<tr><td class="text"><code>{{text}}</code></td><td>{{cost}}</td><td>{{share}}</td></tr>
{{/served}}
</tbody>
</table></div>
{{#moreServed}}<p class="quiet">{{.}}</p>{{/moreServed}}
{{/hasServed}}
<dl class="notes">{{#notes}}<dt>{{label}}</dt><dd>{{#isCode}}<code>{{value}}</code>{{/isCode}}{{^isCode}}{{value}}{{/isCode}}</dd>{{/notes}}</dl>
</div>
</details>
{{/cards}}
</section>
{{/hasCards}}

{{#hasRejected}}
<section>
<h2>Rejected</h2>
<div class="scroll"><table>
<thead><tr><th class="text">index</th><th>alone</th><th class="text">why</th></tr></thead>
<tbody>
{{#rejected}}
<tr><td class="text"><code>{{index}}</code></td><td>{{gain}}</td><td class="text">{{reason}}</td></tr>
{{/rejected}}
</tbody>
</table></div>
{{#moreRejected}}<p class="quiet">{{.}}</p>{{/moreRejected}}
</section>
{{/hasRejected}}

<section>
<h2>Coverage</h2>
<dl class="notes">{{#coverage}}<dt>{{label}}</dt><dd>{{value}}</dd>{{/coverage}}</dl>
{{#hasNotes}}
<h3>Not judged</h3>
<ul class="gaps">{{#notes}}<li>{{.}}</li>{{/notes}}</ul>
{{/hasNotes}}
</section>
</main>
</body>
</html>

"""#

    static let locks = #"""
{{% CONTENT_TYPE:PAGE}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="{{generator}}">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{title}}</title>
<style>
{{{style}}}</style>
</head>
<body>
<main>
<header>
<p class="brand">pgmedic</p>
<h1>Locks of {{target}}</h1>
<p class="facts">{{#facts}}<span>{{.}}</span>{{/facts}}</p>
</header>

<p class="headline {{tone}}">{{headline}}</p>

{{#charts}}
<section class="charts">
<figure class="{{kind}}">
<figcaption><h2>{{title}}</h2><p>{{note}}</p></figcaption>
{{#trees}}
<div class="scroll">{{{.}}}</div>
{{/trees}}
</figure>
</section>
{{/charts}}

{{#deadlocks}}<p>{{.}}</p>{{/deadlocks}}

{{#hasOpen}}
<section>
<h2>Open transactions with strong locks</h2>
<ul>{{#open}}<li>{{.}}</li>{{/open}}</ul>
</section>
{{/hasOpen}}

{{#hasRoots}}
<section>
{{#roots}}
<h2>{{title}}</h2>
<dl class="notes wide">{{#facts}}<dt>{{label}}</dt><dd>{{value}}</dd>{{/facts}}{{#statements}}<dt>{{label}}</dt><dd><code>{{value}}</code></dd>{{/statements}}</dl>
{{#actions}}
{{>action}}
{{/actions}}
{{/roots}}
{{#moreRoots}}<p class="quiet">{{.}}</p>{{/moreRoots}}
</section>
{{/hasRoots}}

{{#isWatch}}
<section>
<h2>Watched</h2>
<p class="facts">{{#watchFacts}}<span>{{.}}</span>{{/watchFacts}}</p>
{{#hasWatched}}
<div class="scroll"><table class="numbers">
<thead><tr><th class="text">root</th><th class="text">why</th><th>session time</th><th>at most behind it</th><th>longest wait</th></tr></thead>
<tbody>
{{#watched}}
<tr><td class="text">{{name}}</td><td class="text">{{why}}</td><td>{{time}}</td><td>{{peak}}</td><td>{{longest}}</td></tr>
{{/watched}}
</tbody>
</table></div>
{{/hasWatched}}
</section>
{{/isWatch}}

{{#hasNotes}}
<section>
<h2>Not read</h2>
<ul class="gaps">{{#notes}}<li>{{.}}</li>{{/notes}}</ul>
</section>
{{/hasNotes}}
<p class="quiet">{{generator}}{{#origin}} · <code>{{.}}</code>{{/origin}}</p>
</main>
</body>
</html>

"""#

    static let page = #"""
{{% CONTENT_TYPE:PAGE}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="{{generator}}">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{title}}</title>
<style>
{{{style}}}</style>
</head>
<body>
<main>
<header>
<p class="brand">pgmedic</p>
<h1>{{target}}</h1>
<p class="facts">{{#facts}}<span>{{.}}</span>{{/facts}}<a href="#coverage">{{judged}}</a></p>
</header>

<p class="headline {{tone}}">{{headline}}</p>

{{#hasContents}}
<nav>{{#contents}}<a href="#{{target}}">{{text}}</a>{{/contents}}</nav>
{{/hasContents}}

{{#hasSteps}}
<section class="steps" aria-label="What to do">
{{#steps}}
<a class="step" href="#{{fingerprint}}">
<span class="when">{{label}}</span><span class="tier">{{tier}}</span>
<strong>{{title}}</strong>
<span class="gain">{{gain}} · <em>{{basis}}</em></span>
</a>
{{/steps}}
</section>
{{/hasSteps}}

{{#hasCharts}}
<section class="charts">
{{#charts}}
<figure class="{{kind}}">
<figcaption><h2>{{title}}</h2><p>{{note}}</p></figcaption>
{{#bars}}
<div class="bars">
{{#rows}}
<span class="bar-label">{{label}}</span><span class="bar-track">{{{svg}}}</span><span class="bar-value">{{value}}</span>
{{/rows}}
<span></span><span class="bar-axis">{{{axis}}}</span><span class="bar-unit">{{unit}}</span>
</div>
{{/bars}}
{{#trees}}
<div class="scroll">{{{.}}}</div>
{{/trees}}
</figure>
{{/charts}}
</section>
{{/hasCharts}}

<section id="findings">
<h2>Findings</h2>
{{#findings}}
{{>finding}}
{{/findings}}
{{^hasFindings}}
<p class="quiet">{{^hasNotices}}None.{{/hasNotices}}{{#hasNotices}}Nothing that hurts.{{/hasNotices}}</p>
{{/hasFindings}}
{{#hasNotices}}
<details class="fold"{{#opensNotices}} open{{/opensNotices}}>
<summary>{{noticesTitle}}</summary>
{{#notices}}
{{>finding}}
{{/notices}}
</details>
{{/hasNotices}}
{{#moreFindings}}<p class="quiet">{{.}}</p>{{/moreFindings}}
</section>

{{#hasStatements}}
<section id="statements">
<h2>Statements</h2>
<div class="scroll">
<table class="numbers">
<thead><tr><th>share</th><th>calls</th><th>mean</th><th>total</th><th>rows a call</th><th>blocks a call</th><th class="text">statement</th></tr></thead>
<tbody>
{{#statements}}
<tr><td>{{share}}</td><td>{{calls}}</td><td>{{mean}}</td><td>{{total}}</td><td>{{rows}}</td><td>{{blocks}}</td><td class="text"><code>{{text}}</code><small>{{who}}</small></td></tr>
{{/statements}}
</tbody>
</table>
</div>
{{#moreStatements}}<p class="quiet">{{.}}</p>{{/moreStatements}}
</section>
{{/hasStatements}}

{{#waits}}
<section id="waits">
<h2>Waits</h2>
<p class="quiet">{{basis}}</p>
<div class="scroll">
<table class="numbers">
<thead><tr><th class="text">event</th><th>sessions</th><th>share (95 %)</th><th class="text">waits for · typically · confirmed by</th></tr></thead>
<tbody>
{{#events}}
<tr><td class="text"><code>{{name}}</code></td><td>{{sessions}}</td><td>{{share}}</td><td class="text">{{what}}<small>{{causes}}</small><small>{{confirm}}</small></td></tr>
{{/events}}
</tbody>
</table>
</div>
{{#hasStatements}}
<h3>Statements by their waits</h3>
<div class="scroll">
<table class="numbers">
<thead><tr><th>sessions</th><th>share (95 %)</th><th class="text">waits</th><th class="text">statement</th></tr></thead>
<tbody>
{{#statements}}
<tr><td>{{sessions}}</td><td>{{share}}</td><td class="text">{{waits}}{{#kernel}}<small>{{.}}</small>{{/kernel}}</td><td class="text"><code>{{text}}</code><small>{{who}}</small></td></tr>
{{/statements}}
</tbody>
</table>
</div>
{{/hasStatements}}
<dl>{{#others}}<dt>{{label}}</dt><dd>{{value}}</dd>{{/others}}</dl>
{{#counted}}
<h3>{{countedText}}</h3>
<div class="scroll">
<table class="numbers">
<thead><tr><th class="text">event</th><th>sessions</th><th>share</th></tr></thead>
<tbody>
{{#countedEvents}}
<tr><td class="text"><code>{{name}}</code></td><td>{{sessions}}</td><td>{{share}}</td></tr>
{{/countedEvents}}
</tbody>
</table>
<table class="numbers">
<thead><tr><th>sessions</th><th>share</th><th class="text">waits</th><th class="text">statement</th></tr></thead>
<tbody>
{{#countedStatements}}
<tr><td>{{sessions}}</td><td>{{share}}</td><td class="text">{{waits}}</td><td class="text"><code>{{text}}</code><small>{{who}}</small></td></tr>
{{/countedStatements}}
</tbody>
</table>
</div>
{{/counted}}
<p class="quiet">{{method}}</p>
</section>
{{/waits}}

<section id="coverage">
<h2>Coverage</h2>
<p>{{evaluated}}</p>
{{#hasCleared}}
<p class="in-order">{{#cleared}}<span>{{.}}</span>{{/cleared}}</p>
{{/hasCleared}}
{{#hasGaps}}
<h3>Not judged</h3>
<ul class="gaps">
{{#gaps}}
<li>{{text}}{{#remedy}}<pre class="sql">{{.}}</pre>{{/remedy}}{{#rules}}<details class="long"><summary>{{count}}</summary><p class="rules">{{#names}}<code>{{.}}</code> {{/names}}</p></details>{{/rules}}</li>
{{/gaps}}
</ul>
{{/hasGaps}}
{{#hasSuppressions}}
<h3>Suppressed</h3>
<p>{{suppressed}}</p>
<ul class="gaps">
{{#suppressions}}
<li>{{.}}</li>
{{/suppressions}}
</ul>
{{/hasSuppressions}}
{{#hasThresholds}}
<h3>Adjusted thresholds</h3>
<p>{{adjusted}}</p>
<ul class="gaps">
{{#thresholds}}
<li>{{.}}</li>
{{/thresholds}}
</ul>
{{/hasThresholds}}
</section>

<section class="pair" id="method">
<div>
<h2>Environment</h2>
<dl>{{#environment}}<dt>{{label}}</dt><dd>{{value}}</dd>{{/environment}}</dl>
</div>
<div>
<h2>Method</h2>
<dl>{{#method}}<dt>{{label}}</dt><dd>{{value}}</dd>{{/method}}</dl>
</div>
</section>
</main>
</body>
</html>

"""#

    static let plan = #"""
{{% CONTENT_TYPE:PAGE}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="{{generator}}">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{title}}</title>
<style>
{{{style}}}</style>
</head>
<body>
<main>
{{#plans}}
<header>
<p class="brand">pgmedic</p>
<h1>{{title}}</h1>
<p class="facts">{{#facts}}<span>{{.}}</span>{{/facts}}</p>
</header>

<p class="headline {{tone}}">{{headline}}</p>

<section class="plan-tree" aria-label="Nodes of the plan">
{{#nodes}}
<div class="plan-node {{tone}}">
<span class="plan-time">{{time}}</span><span class="plan-share">{{percent}}</span>
<span class="plan-track"><span class="plan-bar" style="width:{{share}}%"></span></span>
<div class="plan-text" style="padding-left:{{indentation}}em"><strong>{{name}}</strong>{{#mark}} <em>{{.}}</em>{{/mark}}<p class="facts">{{#details}}<span>{{.}}</span>{{/details}}</p></div>
</div>
{{/nodes}}
</section>

{{#hasFindings}}
<section>
<h2>Findings</h2>
{{#findings}}
{{> finding}}
{{/findings}}
</section>
{{/hasFindings}}
{{/plans}}
</main>
</body>
</html>

"""#

    static let planStyle = #"""
.plan-tree { margin-top: 14px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 18px; }
.plan-node { display: grid; grid-template-columns: 5.5em 4em 90px minmax(0, 1fr); gap: 0 10px; padding: 4px 0; border-top: 1px solid var(--soft); }
.plan-node:first-child { border-top: 0; }
.plan-time, .plan-share { text-align: right; white-space: nowrap; }
.plan-share, .plan-node.idle { color: var(--faint); }
.plan-track { height: 10px; margin-top: 6px; background: var(--soft); border-radius: 3px; overflow: hidden; }
.plan-bar { display: block; height: 100%; background: var(--accent); }
.plan-node.hot .plan-bar { background: var(--warning); }
.plan-text strong { font-weight: 500; }
.plan-node.hot .plan-text strong { font-weight: 650; }
.plan-text em { font-style: normal; color: var(--warning); white-space: nowrap; }

"""#

    static let style = #"""
:root {
    color-scheme: light dark;
    --page: #f6f7f8; --card: #ffffff; --line: #dfe3e8; --edge: #a9b2bc; --soft: #f0f2f5;
    --ink: #1c2128; --faint: #57606a; --accent: #1f5fae;
    --critical: #b42318; --warning: #8a5300; --notice: #2f6690; --good: #1a6b3c;
    --critical-soft: #fdf1f0; --warning-soft: #fdf6e9; --good-soft: #eef7f1;
}
@media (prefers-color-scheme: dark) {
    :root {
        --page: #14171b; --card: #1b1f25; --line: #30363f; --edge: #5b6673; --soft: #232830;
        --ink: #e3e7ec; --faint: #9aa5b1; --accent: #7db0f5;
        --critical: #ff8f86; --warning: #f0b656; --notice: #86bce6; --good: #7fce9f;
        --critical-soft: #2b1d1d; --warning-soft: #29231a; --good-soft: #1a2620;
    }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
    margin: 0; background: var(--page); color: var(--ink);
    font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
    font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
main { max-width: 1040px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 6px; font-weight: 650; letter-spacing: -0.01em; }
h2 { font-size: 16px; line-height: 1.3; margin: 0 0 10px; font-weight: 650; }
h3 { font-size: 14px; margin: 16px 0 6px; font-weight: 650; }
p { margin: 0 0 8px; }
a { color: var(--accent); text-underline-offset: 2px; }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
section { margin-top: 36px; }
.quiet { color: var(--faint); }
.scroll { overflow-x: auto; }

header { padding: 0 0 18px; }
.brand { color: var(--accent); font-weight: 650; font-size: 13px; letter-spacing: 0.02em; margin: 0 0 4px; }
.facts { color: var(--faint); font-size: 13.5px; margin: 0; }
.facts a { color: inherit; }
.facts span:not(:last-child)::after { content: " · "; }

.headline {
    font-size: 19px; line-height: 1.45; margin: 0; padding: 18px 22px; background: var(--card);
    border: 1px solid var(--line); border-left: 5px solid var(--notice); border-radius: 8px;
}
.headline.critical { border-left-color: var(--critical); background: var(--critical-soft); }
.headline.warning { border-left-color: var(--warning); background: var(--warning-soft); }
.headline.good { border-left-color: var(--good); background: var(--good-soft); }

.steps { display: grid; grid-template-columns: repeat(3, 1fr); gap: 14px; margin-top: 14px; }
.step {
    display: grid; grid-template-columns: auto 1fr; gap: 4px 10px; align-content: start; padding: 14px 18px 16px;
    background: var(--card); border: 1px solid var(--line); border-radius: 8px; color: inherit; text-decoration: none;
}
.step:hover { border-color: var(--accent); }
.step:hover strong { text-decoration: underline; text-underline-offset: 2px; }
.step strong, .step .gain { grid-column: 1 / -1; }
.step strong { font-weight: 600; margin-top: 4px; }
.when { color: var(--faint); font-size: 13px; align-self: center; }
.step .tier { justify-self: end; }
.gain { color: var(--faint); font-size: 13.5px; }
.gain em { font-style: normal; white-space: nowrap; }
.tier {
    font-size: 12px; font-weight: 650; line-height: 1; padding: 4px 7px; border-radius: 5px; color: var(--ink);
    background: var(--soft); border: 1px solid var(--line); justify-self: start; flex-shrink: 0; white-space: nowrap;
}

.charts { display: grid; grid-template-columns: 5fr 8fr; gap: 14px; margin-top: 14px; }
figure { margin: 0; padding: 16px 18px 14px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; min-width: 0; }
figure.wide { grid-column: 1 / -1; }
figcaption h2 { margin: 0; }
figcaption p { color: var(--faint); font-size: 13px; margin: 0 0 12px; }
.bars { display: grid; grid-template-columns: minmax(60px, max-content) minmax(60px, 1fr) max-content; column-gap: 12px; align-items: center; font-size: 13.5px; }
.statements .bars { grid-template-columns: minmax(0, 1fr) minmax(60px, 30%) max-content; }
.bar-label { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.statements .bar-label { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.bars + .bars { margin-top: 14px; }
.load .bars { grid-template-columns: minmax(0, 9.5em) minmax(60px, 1fr) max-content; }
.bar-track, .bar-axis { display: block; height: 26px; }
.bar-axis { height: 18px; }
.bar-track svg, .bar-axis svg { display: block; width: 100%; height: 100%; overflow: visible; }
.bar-value { text-align: right; }
.bar-unit { color: var(--faint); font-size: 12px; text-align: right; }
svg .bar { fill: var(--accent); }
svg .grid { stroke: var(--line); }
svg .limit { stroke: var(--critical); stroke-dasharray: 3 3; stroke-width: 1.5; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--ink); }
svg text.faint { fill: var(--faint); }
svg text.strong { font-weight: 600; font-size: 13px; }
svg text.limit-text { fill: var(--critical); }
svg .node { fill: var(--card); stroke: var(--line); }
svg .node.critical { fill: var(--critical-soft); stroke: var(--critical); }
svg .node.other { stroke-dasharray: 4 3; }
svg .node.warning { fill: var(--warning-soft); stroke: var(--warning); }
svg .edge { fill: none; stroke: var(--edge); }

nav { margin-top: 12px; font-size: 13.5px; display: flex; flex-wrap: wrap; gap: 4px 18px; }
.fold { margin-top: 14px; }
.fold > summary { cursor: pointer; color: var(--accent); margin-bottom: 8px; }
.rules code { font-size: 12px; margin-right: 6px; }

.finding { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: 0 0 8px; }
.finding > summary {
    display: grid; grid-template-columns: 24px 16px minmax(0, 1fr) fit-content(190px) 40px 56px; gap: 0 10px; align-items: baseline;
    padding: 11px 16px; cursor: pointer; list-style: none;
}
.finding > summary::-webkit-details-marker { display: none; }
.finding > summary:hover .title { text-decoration: underline; text-underline-offset: 2px; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 6px; }
.number { color: var(--faint); text-align: right; white-space: nowrap; }
.title { font-weight: 600; }
.title small { display: block; font-weight: 400; font-size: 13px; color: var(--faint); }
.impact { text-align: right; }
.sure { color: var(--faint); font-size: 13px; }
.mark { font-size: 15px; line-height: 1; }
.critical > summary > .mark { color: var(--critical); }
.warning > summary > .mark { color: var(--warning); }
.notice > summary > .mark { color: var(--notice); }
.finding[open] > summary { border-bottom: 1px solid var(--line); }
.body { padding: 14px 20px 18px 66px; scroll-margin-top: 64px; }
.body:target { box-shadow: inset 4px 0 0 var(--accent); }
.id { color: var(--faint); font-size: 12.5px; margin-bottom: 10px; }
.id a { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.id > :not(:last-child)::after { content: " · "; color: var(--faint); text-decoration: none; display: inline-block; white-space: pre; }
.summary { max-width: 74ch; margin-bottom: 14px; }
.facts-list { display: grid; grid-template-columns: repeat(auto-fill, minmax(190px, 1fr)); gap: 10px 24px; margin: 0 0 14px; }
.facts-list dt, .label { color: var(--faint); font-size: 12.5px; margin: 0; }
.facts-list dd { margin: 0; font-weight: 500; }
pre { margin: 6px 0 10px; padding: 10px 14px; background: var(--soft); border-radius: 6px; overflow-x: auto; white-space: pre; overflow-wrap: normal; }
pre.sql { user-select: all; }
pre.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.not-if { max-width: 74ch; }
.not-if b { font-weight: 600; margin-right: 4px; }
.action { border-top: 1px solid var(--line); padding-top: 12px; margin-top: 14px; }
.order { display: flex; gap: 10px; align-items: baseline; margin-bottom: 6px; }
.order strong { font-weight: 600; }
.action ul { margin: 4px 0 8px; padding-left: 20px; max-width: 74ch; }
.notes { display: grid; grid-template-columns: 56px minmax(0, 1fr); gap: 2px 12px; margin: 0; font-size: 13.5px; }
.notes dt { color: var(--faint); }
.notes dd { margin: 0; }
.notes code { white-space: pre-wrap; user-select: all; }
.long > summary { cursor: pointer; color: var(--accent); font-size: 13.5px; }
.symptoms { margin-top: 18px; }
.symptoms .label { margin-bottom: 6px; }
.symptoms .finding { background: transparent; }
.symptoms .body { padding-left: 20px; }
.symptoms .finding > summary { grid-template-columns: 26px 16px minmax(0, 1fr) fit-content(190px) 40px 56px; padding-left: 10px; }

table { border-collapse: collapse; width: 100%; background: var(--card); font-size: 13.5px; }
.numbers { border: 1px solid var(--line); min-width: 720px; }
th { text-align: right; font-weight: 500; color: var(--faint); font-size: 12.5px; padding: 8px 12px; white-space: nowrap; border-bottom: 1px solid var(--line); }
td { text-align: right; padding: 7px 12px; vertical-align: top; white-space: nowrap; border-bottom: 1px solid var(--line); }
tr:last-child td { border-bottom: 0; }
th.text, td.text { text-align: left; white-space: normal; width: 50%; min-width: 300px; }
td code { overflow-wrap: anywhere; font-size: 12.5px; }
td small { display: block; color: var(--faint); font-size: 12px; }
.in-order span { display: inline-block; white-space: nowrap; margin-right: 14px; }
.in-order span::before { content: "✓ "; color: var(--good); }
.gaps { padding-left: 20px; margin: 0; }
.gaps li { margin-bottom: 8px; }
.gaps pre { margin: 4px 0 0; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 36px 48px; }
.pair dl { display: grid; grid-template-columns: 110px minmax(0, 1fr); gap: 4px 12px; margin: 0; font-size: 13.5px; }
.pair dt { color: var(--faint); }
.pair dd { margin: 0; }

@media screen and (max-width: 760px) {
    main { padding: 20px 14px 40px; }
    h1 { font-size: 21px; }
    .headline { font-size: 17px; padding: 14px 16px; }
    .steps, .charts, .pair { grid-template-columns: minmax(0, 1fr); }
    .statements .bars { grid-template-columns: minmax(0, 1fr) 64px max-content; }
    .statements .bar-axis, .statements .bar-unit { display: none; }
    .finding > summary, .symptoms .finding > summary { grid-template-columns: 24px 16px minmax(0, 1fr) fit-content(190px); padding: 11px 12px; gap: 2px 8px; }
    .finding > summary .title { grid-column: 3 / -1; }
    .finding > summary .impact { grid-column: 3; text-align: left; color: var(--faint); font-size: 13.5px; }
    .finding > summary .tier { grid-column: 4; }
    .finding > summary .sure { display: none; }
    .body { padding: 12px 14px 16px; }
    .facts-list { grid-template-columns: 1fr 1fr; gap: 8px 16px; }
}
@media print {
    :root {
        --page: #fff; --card: #fff; --soft: #f4f5f7; --ink: #000; --faint: #444; --line: #ccc; --accent: #1f5fae;
        --critical: #b42318; --warning: #8a5300; --notice: #2f6690; --good: #1a6b3c;
        --critical-soft: #fff; --warning-soft: #fff; --good-soft: #fff;
    }
    @page { margin: 14mm; }
    body { font-size: 9.5pt; }
    main { max-width: none; padding: 0; }
    section { margin-top: 20px; }
    .charts { grid-template-columns: 1fr; }
    code, pre, td code { font-size: 8.5pt; }
    details::details-content { content-visibility: visible; display: block; }
    .step, figure, .action, tr, pre { break-inside: avoid; }
    h2, h3, .finding > summary, .order { break-after: avoid; }
    .finding > summary { padding: 7px 12px; }
    .body { padding: 10px 14px 12px 56px; }
    .scroll { overflow: visible; }
    .scroll svg { max-width: 100%; height: auto; }
    .numbers, th.text, td.text { min-width: 0; }
    th, td { padding: 4px 8px; }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; }
    a { color: inherit; text-decoration: none; }
}

"""#

    static let trendStyle = #"""
:root { --s0: #1f5fae; --s1: #b4540a; --s2: #1a6b3c; --s3: #7a3fa0; --s4: #a3275a; --s5: #57606a; }
@media (prefers-color-scheme: dark) {
    :root { --s0: #7db0f5; --s1: #f0a45e; --s2: #7fce9f; --s3: #c9a2ec; --s4: #f08fb0; --s5: #9aa5b1; }
}
.s0 { --s: var(--s0); } .s1 { --s: var(--s1); } .s2 { --s: var(--s2); }
.s3 { --s: var(--s3); } .s4 { --s: var(--s4); } .s5 { --s: var(--s5); }
.panels { display: grid; grid-template-columns: 1fr 1fr; gap: 14px; }
.panels figcaption p, .card-text p { color: var(--ink); font-size: 13.5px; }
.panels figcaption p { margin: 4px 0 8px; }
.panels h3 { margin: 0; font-size: 15px; }
svg.time { display: block; width: 100%; height: auto; overflow: visible; }
svg.half { max-width: 620px; }
svg .line { fill: none; stroke: var(--s); stroke-width: 1.6; stroke-linejoin: round; }
svg .lead { fill: none; stroke: var(--edge); stroke-width: 0.8; }
svg .key { fill: none; stroke: var(--s); stroke-width: 9; stroke-opacity: 0.6; }
svg .line.s1 { stroke-dasharray: 5 2; } svg .line.s2 { stroke-dasharray: 2 2; } svg .line.s3 { stroke-dasharray: 8 2 2 2; }
svg .line.s4 { stroke-dasharray: 8 3; } svg .line.s5 { stroke-dasharray: 1 3; }
svg .peaks { fill: var(--s); opacity: 0.22; }
svg .area { fill: var(--s); fill-opacity: 0.55; stroke: var(--card); stroke-width: 0.6; }
svg .base, svg .tick { stroke: var(--edge); }
svg .tick.strong { stroke: var(--ink); }
svg text.day { fill: var(--ink); font-weight: 600; }
svg text.value, svg .halo { paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round; }
svg text.value { font-weight: 600; }
svg .hole { fill: var(--soft); stroke: var(--line); stroke-dasharray: 2 3; }
svg .change { fill: var(--critical); opacity: 0.3; }
svg .level { stroke: var(--ink); stroke-width: 1.6; }
svg .mark line { stroke: var(--faint); stroke-dasharray: 1 3; }
svg .mark path { fill: var(--ink); }
svg .mark text { fill: var(--ink); font-size: 11.5px; }
svg .fan { fill: var(--s0); opacity: 0.16; }
svg .forecast { fill: none; stroke: var(--s0); stroke-width: 1.6; stroke-dasharray: 4 3; }
svg.spark { display: inline-block; width: 96px; height: 24px; vertical-align: middle; }
svg.spark .since { stroke: var(--edge); stroke-dasharray: 2 2; }
svg.spark .line { stroke-width: 1.3; }
svg.week { display: block; width: 100%; max-width: 560px; height: auto; }
svg .heat { fill: var(--s0); }
svg .h0 { fill-opacity: 0.07; } svg .h1 { fill-opacity: 0.24; } svg .h2 { fill-opacity: 0.44; }
svg .h3 { fill-opacity: 0.68; } svg .h4 { fill-opacity: 1; }
svg .heat-dot { fill: var(--card); }
.cards { display: grid; gap: 10px; }
.card { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.1fr); gap: 6px 22px; padding: 16px 18px; background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--line); border-radius: 8px; }
.card.worse { border-left-color: var(--critical); }
.card.better { border-left-color: var(--good); }
.card h3 { margin: 0 0 6px; font-size: 15px; }
.card .from-to { font-size: 17px; font-weight: 650; margin: 0 0 2px; }
.card .from-to small { font-size: 13px; font-weight: 400; color: var(--faint); }
.card code { font-size: 12.5px; overflow-wrap: anywhere; }
.card-text ul { margin: 6px 0 0; padding-left: 18px; font-size: 13.5px; }
.card-text li { margin-bottom: 3px; }
li.unsure { color: var(--faint); }
.numbers tr.total td { font-weight: 600; }
.numbers td.text.short, .numbers th.text.short { width: auto; min-width: 0; white-space: nowrap; }
.numbers th.prose, .numbers td.prose { width: 75%; }
.numbers.small { min-width: 0; }
.up { color: var(--critical); } .down { color: var(--good); }
.scroll + .quiet { margin-top: 6px; }
.panels + .scroll, .cards + h3, .numbers + .numbers, .scroll + .scroll, .scroll + h3 { margin-top: 18px; }
@media screen and (max-width: 760px) {
    .panels, .card { grid-template-columns: minmax(0, 1fr); }
    svg.half text { font-size: 13px; }
    .newest { direction: rtl; } .newest > svg { direction: ltr; }
    svg.wide { min-width: 720px; }
    svg.wide text { font-size: 13px; }
    .numbers { min-width: 640px; } .numbers.small { min-width: 0; }
    .small th, .small td { padding: 7px 6px; } .small td.short, .small th.short { white-space: normal; overflow-wrap: anywhere; }
}
@media print {
    :root { --s0: #1f5fae; --s1: #b4540a; --s2: #1a6b3c; --s3: #7a3fa0; --s4: #a3275a; --s5: #57606a; }
    .panels { grid-template-columns: 1fr 1fr; }
    .card { break-inside: avoid; }
    svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
svg .more { fill: var(--critical); }
svg .less { fill: var(--good); }

"""#
}
