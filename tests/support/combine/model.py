"""The likelihood that Combine builds from a card, written plainly: ROOT files by uproot, and the
arithmetic of python/ModelTools.py, python/ShapeTools.py, interface/CombineMathFuncs.h and
src/CMSHistErrorPropagator.cc, process by process and bin by bin.
"""

import math
from types import SimpleNamespace

import numpy as np
import uproot


def step(x, region):
    """Smooth step of the templates."""
    if abs(x) >= region:
        return math.copysign(1.0, x)
    x /= region
    return 0.125 * x * (x * x * (3 * x * x - 10) + 15)


def log_kappa(theta, low, high):
    """Logarithm of the factor for each σ, of logarithms at both sides."""
    if abs(theta) >= 0.5:
        return high if theta >= 0 else -low
    twice = 2 * theta
    weight = 0.125 * twice * (twice**2 * (3 * twice**2 - 10) + 15)
    return 0.5 * (high - low) + weight * 0.5 * (high + low)


def poisson(count, mean):
    """-2 ln of the Poisson probability, without what depends on the count alone."""
    return 2 * (mean - (count * math.log(mean) if count else 0.0))


class CombineModel:
    """-2 ln L of a card, up to a constant.

    Args:
        card: Path of the card.
        content: What Combine's parser finds in it.
        mass: What ``$MASS`` stands for.
    """

    def __init__(self, card, content, mass="125"):
        self.card, self.folder, self.mass = content, card.parent, mass
        self.files, self.cache, self.kinds = {}, {}, {}
        # Combine itself stops at a count with statistics.
        flags = self.card.binParFlags
        self.card.binParFlags = {b: flags[b] for b in flags if self.binned(b, "data_obs")}
        bins = [self.histogram(b, p)[0].size for b, p in self.processes() if self.binned(b, p)]
        self.most = max(bins, default=0)
        self.data = {b: self._data(b) for b in self.card.bins}
        for b, flags in self.card.binParFlags.items():
            if flags[0] >= 0:
                self.kinds[b] = self._kinds(b, *flags[:2])

    def processes(self):
        rows = self.card.exp
        return [(b, p) for b, p, _ in self.card.keyline if rows[b][p] != 0]

    def place(self, b, p):
        """File and paths of the histograms of a process."""
        rules = self.card.shapeMap
        here, everywhere = rules.get(b, rules.get("*", {})), rules.get("*", {})
        return here.get(p) or here.get("*") or everywhere.get(p) or everywhere.get("*")

    def binned(self, b, p):
        return bool(self.card.shapeMap) and self.place(b, p) != ["FAKE"]

    def histogram(self, b, p, syst=""):
        """Contents and errors; None if it does not exist."""
        if (b, p, syst) not in self.cache:
            names = self.place(b, p)
            if syst and len(names) < 3:
                return None
            file, key = (
                text.replace("$PROCESS", p)
                .replace("$CHANNEL", b)
                .replace("$SYSTEMATIC", syst)
                .replace("$MASS", self.mass)
                for text in (names[0], names[2 if syst else 1])
            )
            if file not in self.files:
                self.files[file] = uproot.open(self.folder / file)
            try:
                found = self.files[file][key]
            except uproot.KeyInFileError:
                return None
            self.cache[b, p, syst] = found.values().astype(float), found.errors().astype(float)
        return self.cache[b, p, syst]

    def _data(self, b):
        if self.binned(b, "data_obs"):
            return self.histogram(b, "data_obs")[0]
        return np.array([self.card.obs[b]])

    def morphs(self, b, p):
        """Systematics whose templates move: name, scale, up and down."""
        for syst, _, kind, _, effects in self.card.systs:
            if not kind.startswith("shape") or effects[b][p] == 0:
                continue
            if self.binned(b, p) and self.histogram(b, p, f"{syst}Up") is not None:
                up, down = (self.histogram(b, p, f"{syst}{side}")[0] for side in ("Up", "Down"))
                yield syst, effects[b][p], up, down

    def coefficient(self, b, p, values):
        """Expected events; with autoMCStats for each one of the histogram."""
        statistics = b in self.card.binParFlags
        rate = self.card.exp[b][p]
        if rate == -1:
            rate = self.histogram(b, p)[0].sum()
        norm = 1.0 if statistics else rate
        logarithm, factor = 0.0, 1.0
        moving = [name for name, *_ in self.morphs(b, p)]
        for name, _, kind, args, effects in self.card.systs:
            effect = effects[b][p]
            if effect == 0 or (kind.startswith("shape") and name in moving):
                continue
            value = values[name]
            if kind == "gmN":
                factor *= value
                norm = norm / max(args[0], 1) if statistics else effect
            elif kind == "gmM":
                factor *= value
            elif isinstance(effect, list):
                low, high = effect
                if abs(low * high - 1) < 1e-5:
                    logarithm += value * math.log(high)
                else:
                    logarithm += value * log_kappa(value, math.log(low), math.log(high))
            else:
                logarithm += value * math.log(effect)
        for line, _ in self.card.rateParams.get(f"{b}AND{p}", []):
            factor *= self.rate_parameter(line[0], values)
        if self.card.isSignal[p]:
            factor *= values["r"]
        return norm * factor * math.exp(logarithm) * self.shape_factor(b, p, values)

    def shape_factor(self, b, p, values):
        """Yields of shifted templates."""
        found = 1.0
        for name, scale, up, down in self.morphs(b, p):
            total = self.histogram(b, p)[0].sum()
            kappas = down.sum() / total, up.sum() / total
            if max(abs(kappa - 1) for kappa in kappas) < 1e-3:
                continue
            low, high = (math.log(float(f"{kappa**scale:f}")) for kappa in kappas)
            found *= math.exp(values[name] * log_kappa(values[name], low, high))
        return found

    def rate_parameter(self, name, values):
        lines = [line for rows in self.card.rateParams.values() for line, _ in rows]
        for line in (item for item in lines if item[0] == name):
            if line[-1] == 1:
                arguments = [self.rate_parameter(item, values) for item in line[2].split(",")]
                formula = line[1].replace("^", "**")
                for place in reversed(range(len(arguments))):
                    formula = formula.replace(f"@{place}", f"({arguments[place]!r})")
                return eval(formula)
        return values[name]

    def template(self, b, p, values):
        """Template for a coefficient of 1: a histogram in events, or fractions of events."""
        if not self.binned(b, p):
            return np.ones(1), np.zeros(1)
        nominal, errors = self.histogram(b, p)
        total, fractions = nominal.sum(), b not in self.card.binParFlags
        size = 1.0 if fractions else total
        first = nominal / total * size
        moving = list(self.morphs(b, p))
        found = first.copy()
        if fractions and moving and nominal.size < self.most:
            found = np.maximum(found, 1e-9)
        region = min([1.0, *(scale for _, scale, _, _ in moving)])
        for name, scale, up, down in moving:
            x = scale * values[name]
            high, low = (side / side.sum() * size - first for side in (up, down))
            found = found + 0.5 * x * ((high - low) + step(x, region) * (high + low))
        found = np.maximum(found, 1e-9)
        return (found / found.sum() if fractions else found), errors

    def _kinds(self, b, threshold, with_signal):
        """Parameters of each bin: one of all processes, or by process Poisson or Gaussian ones."""
        values = self.initial()
        parts = {
            p: (self.coefficient(b, p, values), *self.template(b, p, values))
            for where, p in self.processes()
            if where == b
        }
        found = []
        for j in range(self.data[b].size):
            counting = [p for p in parts if with_signal or not self.card.isSignal[p]]
            total = sum(parts[p][0] * parts[p][1][j] for p in counting)
            error = math.sqrt(sum((parts[p][0] * parts[p][2][j]) ** 2 for p in counting))
            kinds = {}
            if error > 0 and math.floor(0.5 + total**2 / error**2) > threshold:
                kinds = {"": "gauss"}
            elif error > 0:
                for p, (_, content, errors) in parts.items():
                    v, e = content[j], errors[j]
                    number = math.floor(0.5 + (v / e) ** 2) if e > 0 else 0
                    if e > 0 and v >= 0.999 * e and number <= threshold:
                        kinds[p] = number
                    elif e > 0:
                        kinds[p] = "gauss"
            found.append(kinds)
        return found

    def initial(self):
        """Values of the parameters before any fit."""
        values = {"r": 1.0}
        for name, _, kind, args, _ in self.card.systs:
            values[name] = {"gmN": args[0] + 1 if args else 1, "gmM": 1}.get(kind, 0.0)
        for line, _ in (line for rows in self.card.rateParams.values() for line in rows):
            if line[-1] == 0:
                values.setdefault(line[0], float(line[1]))
        for name, words in self.card.extArgs.items():
            values.setdefault(name, float(words[2]))
        return values

    def expected(self, b, values, statistics):
        """Expected events of the bins of a channel.

        Args:
            b: The channel.
            values: Parameter → value.
            statistics: (bin of the channel, process or "") → value of the parameter.
        """
        parts = {
            p: (self.coefficient(b, p, values), *self.template(b, p, values))
            for where, p in self.processes()
            if where == b
        }
        total = sum(c * content for c, content, _ in parts.values())
        if b not in self.card.binParFlags:
            return total
        for j, kinds in enumerate(self.kinds.get(b, [])):
            for p, kind in kinds.items():
                x = statistics[j, p]
                if p == "":
                    total[j] += x * math.sqrt(sum((c * e[j]) ** 2 for c, _, e in parts.values()))
                elif kind == "gauss":
                    total[j] += x * parts[p][0] * parts[p][2][j]
                else:
                    total[j] += (x / kind - 1) * parts[p][0] * parts[p][1][j]
        return np.maximum(total, 1e-9)

    def minus_two_log_likelihood(self, values, statistics):
        """-2 ln L up to a constant.

        Args:
            values: Parameter → value.
            statistics: channel → (bin, process or "") → value of the parameter.
        """
        found = 0.0
        for b, observed in self.data.items():
            expected = self.expected(b, values, statistics.get(b, {}))
            found += sum(map(poisson, observed.tolist(), expected.tolist()))
            for j, kinds in enumerate(self.kinds.get(b, [])):
                for p, kind in kinds.items():
                    x = statistics[b][j, p]
                    found += x**2 if kind == "gauss" else poisson(kind, x)
        for name in {name for name, _, kind, *_ in self.card.systs if kind not in ("gmN", "gmM")}:
            found += values[name] ** 2
        for name, _, kind, args, effects in self.card.systs:
            if kind == "gmN":
                found += poisson(args[0], values[name])
            elif kind == "gmM":
                width = max(value for row in effects.values() for value in row.values())
                power = 1 / width**2
                found -= 2 * ((power - 1) * math.log(values[name]) - values[name] * power)
        return found

    def by_name(self, likelihood, values):
        """Combine's parameters from those of a converted workspace.

        Args:
            likelihood: of the workspace.
            values: of its parameters.

        Returns:
            Arguments of `minus_two_log_likelihood`.
        """
        pairs = zip(likelihood.parameters, values, strict=True)
        ours = {item.name: (item, value) for item, value in pairs}
        plain = self.initial() | {name: float(value) for name, (_, value) in ours.items()}
        statistics = {}
        for b, bins in self.kinds.items():
            statistics[b] = {}
            for j, kinds in enumerate(bins):
                for p, kind in kinds.items():
                    label = f"prop_bin{b}_{p}" if p else f"prop_bin{b}"
                    if kind == "gauss":
                        item, value = ours[f"{label}[{j}]"]
                        statistics[b][j, p] = (float(value) - 1) / item.width
                    else:
                        _, value = ours[f"{label}_poisson[{j}]"]
                        statistics[b][j, p] = float(value) * kind
        return plain, statistics


def content_of(card):
    """A card of our reader in the form of Combine's parser.

    Args:
        card: The card.
    """
    effects = {}
    for item in card.uncertainties:
        rows = {
            b: dict.fromkeys((p for where, p in card.rates if where == b), 0.0)
            for b in card.observed
        }
        for (b, p), text in item.effects.items():
            sides = [float(number) for number in text.split("/")]
            rows[b][p] = sides if len(sides) > 1 else sides[0]
        effects[item.name] = (item.name, False, item.kind, [int(item.events)], rows)
    lines = {}
    for b, p in card.rates:
        for item in (one for one in card.rate_parameters if one.scales((b, p))):
            line = [item.name, str(item.initial), 0]
            if item.factors:
                formula = item.formula or "*".join(f"{{{n}}}" for n in range(len(item.factors)))
                formula = formula.replace("{", "@").replace("}", "")
                line = [item.name, formula, ",".join(item.factors), 1]
            lines.setdefault(f"{b}AND{p}", []).append([line, ""])
    shapes = {}
    for rule in card.shapes:
        names = [rule.file] if rule.file == "FAKE" else [rule.file, rule.histogram, rule.varied]
        shapes.setdefault(rule.bin, {})[rule.process] = names
    rules = {b: card.statistics_in(b) for b in card.observed}
    return SimpleNamespace(
        bins=list(card.observed),
        obs=dict(card.observed),
        keyline=[(b, p, p in card.signals) for b, p in card.rates],
        exp={
            b: {p: rate for (where, p), rate in card.rates.items() if where == b}
            for b in card.observed
        },
        isSignal={p: p in card.signals for _, p in card.rates},
        systs=list(effects.values()),
        shapeMap=shapes,
        rateParams=lines,
        extArgs={},
        binParFlags={b: (r.threshold, r.with_signal, 1) for b, r in rules.items() if r},
    )


def random_point(likelihood, generator):
    """Parameters within about a standard deviation, away from their bounds.

    Args:
        likelihood: The model.
        generator: Of random numbers.
    """
    values = likelihood.inits.copy()
    for place, item in enumerate(likelihood.parameters):
        if item.fixed:
            continue
        if item.constraint == "none":
            values[place] = item.init * generator.uniform(0.6, 1.5)
        else:
            values[place] = item.nominal + item.width * generator.normal() * 0.9
        values[place] = np.clip(values[place], *item.bounds)
        if item.constraint == "poisson":
            values[place] = max(values[place], 0.05)
    return values


def largest_difference(likelihood, model, points):
    """Largest difference of -2 ln L between points, relative to 1 or to the change, whichever is
    larger.

    Args:
        likelihood: The converted card.
        model: Combine's likelihood.
        points: Values of the parameters.
    """
    ours = [-2 * likelihood.logpdf(values) for values in points]
    theirs = [
        model.minus_two_log_likelihood(*model.by_name(likelihood, values)) for values in points
    ]
    changes = zip(np.diff(ours), np.diff(theirs), strict=True)
    return max(abs(a - b) / max(1.0, abs(b)) for a, b in changes)
