"""
Figures of numbers as NumPy, SciPy and pandas have them. Each line that comes in is JSON, a list of
`[FUNCTION, ARGUMENTS]`, and is answered by a line, a list of numbers as base64 of doubles, records of such, or
`{"error": …}`.

Where these libraries round more than they have to, the same formula is computed in long doubles; where a missing
value means something else to them, it is left out first.
"""

import base64
import json
import math
import sys
import traceback
import warnings

import numpy as np
import pandas as pd
import scipy.fft
import scipy.integrate
import scipy.interpolate
import scipy.signal
import scipy.stats

warnings.simplefilter("ignore")
np.seterr(all="ignore")
L = np.longdouble
PI = np.arccos(L(-1))


def there(x):
    return x[~np.isnan(x)]


def pairs(x, y):
    both = ~(np.isnan(x) | np.isnan(y))
    return x[both], y[both]


def steady(x):
    return len(x) > 0 and x.min() == x.max()


# Statistics


def count(x):
    return pd.Series(x).count()


def missing(x):
    return np.isnan(x).sum()


def sum(x):
    x = there(x)
    return math.fsum(x) if np.isfinite(x).all() and np.isfinite(np.sum(x)) else np.sum(x)


def mean(x):
    x = there(x)
    return sum(x) / L(len(x)) if len(x) else np.nan


def extent(x):
    x = there(x)
    return [x.min(), x.max()] if len(x) else [np.nan, np.nan]


def moment(x, power):
    """About the mean, of the population."""
    x = there(x).astype(L)
    return np.mean((x - x.mean()) ** power) if len(x) else L("nan")


def variance(x, ddof):
    x = there(x)
    if not len(x) > ddof:
        return np.nan
    # pandas and NumPy say what is infinite, long doubles how many digits there are.
    known = pd.Series(x).var(ddof=int(ddof))
    return moment(x, 2) * len(x) / (len(x) - ddof) if np.isfinite(known) else known


def deviation(x, ddof):
    return np.sqrt(variance(x, ddof))


def rms(x):
    x = there(x).astype(L)
    return np.sqrt(np.mean(x * x)) if len(x) else np.nan


def skewness(x):
    x = there(x)
    if steady(x) or not len(x) or not np.isfinite(x).all():
        return np.nan
    return scipy.stats.skew((x.astype(L) - x.astype(L).mean()) / np.ptp(x).astype(L))


def kurtosis(x):
    x = there(x)
    if steady(x) or not len(x) or not np.isfinite(x).all():
        return np.nan
    return scipy.stats.kurtosis((x.astype(L) - x.astype(L).mean()) / np.ptp(x).astype(L))


def quantiles(x, ps):
    x = np.sort(there(x))
    if not len(x):
        return np.full(len(ps), np.nan)
    found = np.quantile(x, ps)
    for k, p in enumerate(ps):
        place = (len(x) - 1) * p
        low, high = x[int(math.floor(place))], x[int(math.ceil(place))]
        if low == high:
            # A place between infinities is none to NumPy.
            found[k] = low
        elif not (np.isfinite(low) and np.isfinite(high)):
            # Between a finite and an infinite value lies what is infinite.
            found[k] = low if high < np.inf else high if low > -np.inf else np.nan
    return found


def covariance(x, y, ddof):
    x, y = pairs(x, y)
    if not len(x) > ddof or not (np.isfinite(x).all() and np.isfinite(y).all()):
        return np.nan
    x, y = x.astype(L), y.astype(L)
    return np.sum((x - x.mean()) * (y - y.mean())) / (len(x) - ddof)


def correlation(x, y):
    x, y = pairs(x, y)
    if len(x) < 2 or steady(x) or steady(y) or not (np.isfinite(x).all() and np.isfinite(y).all()):
        return np.nan
    x, y = x.astype(L), y.astype(L)
    x, y = x - x.mean(), y - y.mean()
    x, y = x / np.abs(x).max(), y / np.abs(y).max()
    return np.sum(x * y) / np.sqrt(np.sum(x * x)) / np.sqrt(np.sum(y * y))


def histogram_edges(x, bins):
    x = there(x)
    finite = x[np.isfinite(x)]
    return np.histogram(finite, bins=int(bins))[1]


def counted(x, edges):
    """Values by bin of edges that are given."""
    x = there(x)
    counts, _ = np.histogram(x[np.isfinite(x)], bins=edges)
    return {"counts": counts, "below": (x < edges[0]).sum(), "above": (x > edges[-1]).sum()}


# Fourier transforms


def complex(z):
    return {"re": z.real, "im": z.imag}


def fft(re, im):
    return complex(scipy.fft.fft(re + 1j * im))


def ifft(re, im):
    return complex(scipy.fft.ifft(re + 1j * im))


def rfft(x):
    return complex(scipy.fft.rfft(x))


def irfft(re, im, n):
    return scipy.fft.irfft(re + 1j * im, int(n))


def frequencies(n, rate):
    return scipy.fft.rfftfreq(int(n), 1 / rate)


def spectrum(x, rate):
    n = len(x)
    amplitude = 2 * np.abs(scipy.fft.rfft(x)) / n
    amplitude[0] /= 2
    if n % 2 == 0:
        amplitude[-1] /= 2
    return {"frequency": scipy.fft.rfftfreq(n, 1 / rate), "amplitude": amplitude}


# Windows


def window(name, n, periodic, *shape):
    window = {"rectangular": "boxcar", "blackmanHarris": "blackmanharris", "flatTop": "flattop"}.get(name, name)
    return getattr(scipy.signal.windows, window)(int(n), *shape, sym=not periodic)


def window_gain(window):
    return np.mean(window.astype(L))


def window_bandwidth(window):
    return np.mean(window.astype(L) ** 2) / np.mean(window.astype(L)) ** 2


def product(x, y):
    return x * y


# Filters


def convolve(a, b, mode, direct):
    if len(b) > len(a):
        a, b = b, a
    return np.convolve(a, b, mode)


def fir(count, cutoffs, rate, kind):
    return scipy.signal.firwin(int(count), cutoffs, pass_zero=kind, fs=rate)


def filter_fir(x, taps, centre, steady):
    if not len(x):
        return x
    m = len(taps)
    after = (m - 1) // 2 if centre else 0
    first, last = (x[0], x[-1]) if steady else (0.0, 0.0)
    padded = np.concatenate([np.full(m - 1 - after, first), x, np.full(after, last)])
    return np.convolve(padded, taps, "valid")


def sos(sections):
    return np.array([[b0, b1, b2, 1, a1, a2] for b0, b1, b2, a1, a2 in np.reshape(sections, (-1, 5))])


def filter_iir(x, sections, steady, both):
    sections = sos(sections)

    def run(x):
        if not len(x):
            return x
        start = scipy.signal.sosfilt_zi(sections) * x[0] if steady else np.zeros((len(sections), 2))
        return scipy.signal.sosfilt(sections, x, zi=start)[0]

    return run(run(x)[::-1])[::-1] if both else run(x)


def butterworth(order, cutoffs, rate, kind, frequencies):
    """Gains of SciPy's own filter."""
    cutoffs = cutoffs if len(cutoffs) > 1 else cutoffs[0]
    sections = scipy.signal.butter(int(order), cutoffs, kind, fs=rate, output="sos")
    return np.abs(scipy.signal.freqz_sos(sections, frequencies, fs=rate)[1])


def butterworth_sosfilt(x, order, cutoffs, rate, kind):
    """What SciPy's own filter gives."""
    cutoffs = cutoffs if len(cutoffs) > 1 else cutoffs[0]
    return scipy.signal.sosfilt(scipy.signal.butter(int(order), cutoffs, kind, fs=rate, output="sos"), x)


def butterworth_gain(order, cutoffs, rate, kind, frequencies):
    """Gains by the definition, in long doubles: 1/√(1 + Ω^2n) over frequencies that the bilinear transform warps."""
    edges, x = (np.tan(PI * f.astype(L) / L(rate)) for f in (cutoffs, frequencies))
    if kind in ("lowpass", "highpass"):
        ratio = x / edges[0] if kind == "lowpass" else edges[0] / x
    else:
        ratio = (x * x - edges[0] * edges[1]) / ((edges[1] - edges[0]) * x)
        ratio = ratio if kind == "bandpass" else 1 / ratio
    return 1 / np.sqrt(1 + ratio ** (2 * int(order)))


def butterworth_output(x, order, cutoffs, rate, kind):
    """What a Butterworth filter gives, pole by pole in long doubles, each by its distance from 1."""
    n = int(order)
    edges = np.tan(PI * cutoffs.astype(L) / L(rate))
    prototype = [np.exp(1j * PI * L(2 * k + n + 1) / L(2 * n)) for k in range(n)]
    if kind in ("lowpass", "highpass"):
        poles = [p * edges[0] if kind == "lowpass" else edges[0] / p for p in prototype]
        zeros = [1 if kind == "lowpass" else -1] * n
    else:
        width, square = edges[1] - edges[0], edges[0] * edges[1]
        poles = []
        for p in prototype:
            p = p * width if kind == "bandpass" else width / p
            root = np.sqrt(p * p / 4 - square)
            poles += [p / 2 + root, p / 2 - root]
        zeros = [1, -1] * n if kind == "bandpass" else None
    gaps = [-2 * s / (1 - s) for s in poles]
    y = x.astype(np.clongdouble)
    for k, gap in enumerate(gaps):
        if zeros is None:
            if k % 2 == 0:
                # (1 - z)² + c·z, whose zeros lie in the middle of the band
                c, x1, x2 = 4 * square / (1 + square), 0, 0
                out = np.empty_like(y)
                for j, value in enumerate(y):
                    out[j] = ((value - x1) - (x1 - x2)) + c * x1
                    x1, x2 = value, x1
                y = out
        else:
            y = y + zeros[k] * np.concatenate([[0], y[:-1]])
        state, out = np.clongdouble(0), np.empty_like(y)
        for j, value in enumerate(y):
            state = value + state - gap * state
            out[j] = state
        y = out
    # The gain is 1 at one frequency, where z is 1, -1 or in the middle.
    if kind == "lowpass":
        gain = np.prod([gap / 2 for gap in gaps])
    elif kind == "highpass":
        gain = np.prod([(2 - gap) / 2 for gap in gaps])
    elif kind == "bandstop":
        gain = np.prod(gaps) / (4 * square / (1 + square)) ** n
    else:
        centre = 2 * np.arctan(np.sqrt(square))
        u = 2 * np.sin(centre / 2) ** 2 + 1j * np.sin(centre)
        gain = np.prod([u + gap * (1 - u) for gap in gaps]) / ((2 - u) * u) ** n
        gain = np.abs(gain)
    return (gain * y).real


def gain(taps, frequencies, rate):
    return np.abs(scipy.signal.freqz(taps, 1, frequencies, fs=rate)[1])


def moving(x, window, name, centre, strict):
    if not len(x):
        return x
    window = int(window)
    after = (window - 1) // 2 if centre else 0
    before = window - 1 - after
    out = np.empty(len(x), L)
    for k in range(len(x)):
        inside = x[max(0, k - before) : k + after + 1]
        inside = inside[~np.isnan(inside)].astype(L)
        cut = k - before < 0 or k + after >= len(x)
        if not len(inside) or (strict and cut):
            out[k] = np.nan
        elif name == "rms":
            out[k] = np.sqrt(np.mean(inside * inside))
        else:
            out[k] = getattr(np, name)(inside)
    return out


def rolling(x, window, name, centre):
    """The same as pandas has it, which takes infinities for missing."""
    return getattr(pd.Series(x).rolling(int(window), min_periods=1, center=centre), name)().to_numpy()


def derivative(y, x):
    if len(y) < 2:
        return np.full(len(y), np.nan)
    y = y.astype(L)
    if np.isscalar(x):
        return np.gradient(y, x)
    # One point more, at a distance of its own: NumPy takes even distances for a single number.
    x = np.append(x, 3 * x[-1] - 2 * x[0] + 1).astype(L)
    found = np.gradient(np.append(y, 0), x)[:-1]
    found[-1] = (y[-1] - y[-2]) / (x[-2] - x[-3])
    return found


def integral(y, x):
    known = ~np.isnan(y)
    if np.isscalar(x):
        places = np.arange(len(y)).astype(L) * x
    else:
        known &= ~np.isnan(x)
        places = x.astype(L)
    out = np.full(len(y), np.nan, L)
    if known.any():
        out[known] = scipy.integrate.cumulative_trapezoid(y[known].astype(L), places[known], initial=0)
    # It stands still where nothing is known.
    last = np.maximum.accumulate(np.where(known, np.arange(len(y)), -1))
    return np.where(last < 0, 0, out[last]) if len(y) else out


# Fits


def linear_fit(x, y):
    x, y = pairs(x, y)
    n = len(x)
    names = ["slope", "intercept", "r2", "residualDeviation", "slopeError", "interceptError"]
    if n < 2 or steady(x) or not (np.isfinite(x).all() and np.isfinite(y).all()):
        figures = dict.fromkeys(names, np.nan)
    else:
        x, y = x.astype(L), y.astype(L)
        mx, my = x.mean(), y.mean()
        xx = np.sum((x - mx) ** 2)
        slope = np.sum((x - mx) * (y - my)) / xx
        rest = np.sum((y - my - slope * (x - mx)) ** 2)
        deviation = np.sqrt(rest / (n - 2)) if n > 2 else np.nan
        figures = {
            "slope": slope,
            "intercept": my - slope * mx,
            "r2": np.nan if steady(y) else 1 - rest / np.sum((y - my) ** 2),
            "residualDeviation": deviation,
            "slopeError": deviation / np.sqrt(xx),
            "interceptError": deviation * np.sqrt(1 / L(n) + mx * mx / xx),
        }
    return {"count": n, **figures}


def polynomial_fit(x, y, degree, _):
    x, y = pairs(x - x[0], y)
    scale = 2.0 ** -np.clip(np.frexp(np.abs(y).max())[1], -1000, 1000)
    y = y * scale
    fit = np.polynomial.Polynomial.fit(x, y, int(degree))
    free = len(x) - int(degree) - 1
    rest = (y - fit(x)).astype(L)
    deviation = np.sqrt(np.sum(rest**2) / free) if free > 0 else np.nan
    return {"coefficients": fit.coef / scale, "residualDeviation": deviation / scale}


def polynomial_r2(x, y, degree, _):
    x, y = pairs(x - x[0], y)
    if steady(y):
        return np.nan
    y = y - y[0]
    y = y / np.abs(y).max()
    rest = (y - np.polynomial.Polynomial.fit(x, y, int(degree))(x)).astype(L)
    return 1 - np.sum(rest**2) / np.sum((y.astype(L) - y.astype(L).mean()) ** 2)


def polynomial_at(x, y, degree, at):
    # NumPy's own mapping to -1 … 1 loses the digits that large x have.
    return np.polynomial.Polynomial.fit(*pairs(x - x[0], y), int(degree))(at - x[0])


def polynomial_powers(x, y, degree, _):
    powers = np.polynomial.Polynomial.fit(*pairs(x, y), int(degree)).convert().coef
    return np.pad(powers, (0, int(degree) + 1 - len(powers)))


def detrend(y, degree, x):
    known = ~np.isnan(y)
    out = np.full(len(y), np.nan)
    if degree < 2 and len(np.unique(np.diff(x))) < 2 and known.all():
        return scipy.signal.detrend(y, type="linear" if degree == 1 else "constant")
    x = x - x[0]
    out[known] = y[known] - np.polynomial.Polynomial.fit(x[known], y[known], int(degree))(x[known])
    return out


# Interpolation


def interpolate(x, y, at, method, nearest):
    x, y = pairs(x, y)
    if not len(x):
        return np.full(len(at), np.nan)
    inside = np.clip(at, x[0], x[-1])
    if len(x) == 1:
        found = np.full(len(at), y[0])
    elif method == "linear":
        found = np.interp(inside, x, y)
    elif method == "pchip":
        found = scipy.interpolate.PchipInterpolator(x, y)(inside)
    else:
        found = scipy.interpolate.CubicSpline(x, y)(inside)
    if not nearest:
        found[(at < x[0]) | (at > x[-1])] = np.nan
    found[np.isnan(at)] = np.nan
    return found


def even_grid(x, y, step, method):
    known, _ = pairs(x, y)
    if not len(known):
        return {"x": known, "y": known}
    steps = (known[-1] - known[0]) / step
    count = int(math.floor(steps + 1e-9 + 1e-15 * abs(known[-1]) / step)) + 1
    grid = np.minimum(known[0] + np.arange(count) * step, known[-1])
    return {"x": grid, "y": interpolate(x, y, grid, method, False)}


def fill_gaps(y, x, nearest):
    index = pd.Index(x)
    area = None if nearest else "inside"
    return pd.Series(y, index).interpolate("index", limit_direction="both", limit_area=area).to_numpy()


def unpacked(argument):
    if isinstance(argument, list):
        return [unpacked(member) for member in argument]
    if isinstance(argument, dict):
        numbers = np.frombuffer(base64.b64decode(next(iter(argument.values()))))
        return numbers if "numbers" in argument else float(numbers[0])
    return argument


def packed(value):
    if isinstance(value, dict):
        return {name: packed(member) for name, member in value.items()}
    return base64.b64encode(np.atleast_1d(np.asarray(value)).astype(float).tobytes()).decode()


def answer(name, arguments):
    try:
        return packed(globals()[name](*unpacked(arguments)))
    except Exception:
        return {"error": traceback.format_exc()}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps([answer(name, arguments) for name, arguments in json.loads(line)]), flush=True)
