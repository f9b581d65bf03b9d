# SPDX-License-Identifier: BSD-2-Clause
"""From samples to medians, ratios and a table."""
import collections
import statistics


def spread(values):
    values = sorted(values)
    return {"median": statistics.median(values), "least": values[0], "most": values[-1]}


def add_summary(result, baseline):
    """For each load, mode and server: medians over the rounds, and the ratios to the baseline of the same round."""
    groups = collections.defaultdict(list)
    base = {}
    for sample in result["samples"]:
        key = sample["load"], sample["mode"]
        groups[key + (sample["server"],)].append(sample)
        if sample["server"] == baseline:
            base[key + (sample["round"],)] = sample
    result["summary"] = [summary_of(key, samples, base) for key, samples in groups.items()]


def summary_of(key, samples, base):
    load, mode, server = key
    pairs = [(sample, base[load, mode, sample["round"]]) for sample in samples]
    return {
        "load": load, "mode": mode, "server": server,
        "ratio": spread([one["messages_per_second"] / other["messages_per_second"] for one, other in pairs]),
        "messages_per_second": spread([one["messages_per_second"] for one in samples]),
        "p50_us": statistics.median(one["latency_us"]["p50"] for one in samples),
        "p99_us": statistics.median(one["latency_us"]["p99"] for one in samples),
        "cpu_us": spread([one["cpu_us"] for one in samples]),
        "rss_mb": max(one["rss_kb"] for one in samples) / 1024,
        "peak_mb": max(one["peak_kb"] for one in samples) / 1024,
        "messages": sum(one["messages"] for one in samples),
    }


HEAD = ("| server | messages/s | ratio (spread) | p50 ms | p99 ms | CPU a message | resident MB (peak) |\n"
        "|---|---|---|---|---|---|---|")


def row(one, title):
    ratio, cpu = one["ratio"], one["cpu_us"]
    return "| %s | %.0f | %.2f (%.2f-%.2f) | %.2f | %.2f | %.0f us | %.0f (%.0f) |" % (
        title, one["messages_per_second"]["median"], ratio["median"], ratio["least"], ratio["most"],
        one["p50_us"] / 1000, one["p99_us"] / 1000, cpu["median"], one["rss_mb"], one["peak_mb"])


def head(result, baseline):
    machine = result["machine"]
    lines = ["%s, %d processors, Linux %s, load %.1f before; %d rounds of %g s each, %d connections%s" % (
        machine["processor"], machine["processors"], machine["kernel"], machine["load_before"], result["rounds"],
        result["seconds"], result["connections"], ", pinned" if result["pinned"] else "")]
    for count in result["phrases"].values():
        lines.append("rspamd %s (Debian): self-scan, %d phrases of rules/lists, all else off" % (
            machine["rspamd"], count))
    lines.append("ratio: messages a second to those of \"%s\" in the same round; median, least and most" %
                 result["titles"][baseline])
    return lines


def postfix_lines(result):
    found = result.get("postfix")
    if not found:
        return []
    if "skipped" in found:
        return ["", "through Postfix: not measured, " + found["skipped"]]
    title = "### through Postfix %s: smtp-source, smtp-sink, %d sessions" % (found["version"], found["sessions"])
    lines = ["", title, "",
             "| load | milter | messages/s | ratio to no milter (spread) | ratio to the empty one (spread) |",
             "|---|---|---|---|---|"]
    for one in found["summary"]:
        lines.append("| %s | %s | %.0f | %.2f (%.2f-%.2f) | %.2f (%.2f-%.2f) |" % (
            one["load"], one["milter"], one["messages_per_second"]["median"],
            *(one["ratio_to_none"][name] for name in ("median", "least", "most")),
            *(one["ratio_to_empty"][name] for name in ("median", "least", "most"))))
    return lines


def as_text(result, loads, modes, baseline):
    lines = head(result, baseline)
    groups = collections.defaultdict(list)
    for one in result["summary"]:
        groups[one["load"], one["mode"]].append(one)
    for (load, mode), ones in groups.items():
        order = list(result["titles"])
        ones.sort(key=lambda one: order.index(one["server"]))
        lines += ["", "### %s: %s; %s" % (load, loads[load][0], modes[mode][0]), "", HEAD]
        lines += [row(one, result["titles"][one["server"]]) for one in ones]
    lines += postfix_lines(result)
    lines += ["", "took %d s" % result["took_seconds"]]
    return "\n".join(lines + ["error: " + error for error in result["errors"]])
