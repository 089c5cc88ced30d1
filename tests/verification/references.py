#!/usr/bin/env python3
"""Reference values of the published models, from SciPy's integrators.

The equations are written out again here, apart from neocol's model files, and integrated with
tolerances far below the digits quoted in the tests. `references.py` prints every value that
test_published_*.cpp compares with; `references.py NAME ...` prints those of some models.
"""

import math
import sys

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq, minimize_scalar


def ode(rates, start, end, jumps=()):
    """Dense solution pieces of an ODE, restarted at the times `jumps`: a function of time."""
    pieces, left, y = [], 0.0, np.array(start, float)
    scale = np.maximum(np.abs(y), 1e-6)
    for right in [*jumps, end]:
        piece = solve_ivp(
            lambda t, u: rates(t, u, left),
            (left, right),
            y,
            method="LSODA",
            rtol=1e-11,
            atol=1e-12 * scale,
            dense_output=True,
        )
        pieces.append((right, piece.sol))
        left, y = right, piece.y[:, -1]
    return lambda t: next(sol for right, sol in pieces if t <= right)(t)


def peak(solution, index, low, high):
    best = minimize_scalar(
        lambda t: -solution(t)[index], bounds=(low, high), method="bounded", options={"xatol": 1e-8}
    )
    return -best.fun, best.x


def waugh(alpha):
    def rates(_, u, __):
        i, r, t = u
        k = -2.47 * t**3 + 21.94 * t**2 + 6.41 * t + 1.75
        g = 0.05 * 0.693 * (1 - 0.002 * (i + r)) - 0.2
        return [alpha * k + g * i, (1 - alpha) * k + g * r, 0.07 * i - 9.1 * t]

    return ode(rates, [200, 200, 6], 200)


def print_waugh():
    for alpha in (0.5, 0.8):
        s = waugh(alpha)
        for t in (5, 10, 20, 200):
            print(
                f"waugh2006 alpha {alpha}: day {t}: inflammatory {s(t)[0]:.6g} "
                f"tgf_beta {s(t)[2]:.6g}"
            )


def cooper(p0):
    def rates(_, u, __):
        p, d, n, m = u
        phi = m / (1 + (n / 0.11) ** 2)
        r1 = 41.5 * d + 18.52 * p + 0.06 * m + 10.58 * n
        r2 = 2.97 * d + 17.58 * p
        return [
            14.4 * p * (1 - p / 20)
            - 14.4 * 0.12 * p / (0.048 + 0.2 * p)
            - 35.03 * p * n
            - 34.8 * p * phi,
            -2.03 * d * n * (1 + 5.37 * n) - 3.16 * d * phi + 1.02 * n - 0.37 * d,
            0.38 * r2 / (3.3 + r2) - 1.02 * n - 6.42 * n * phi,
            0.17 * r1 / (0.54 + r1) - 0.5 * m,
        ]

    return ode(rates, [p0, 2, 0.1, 0], 30)


def print_cooper():
    for p0 in (0.1, 0.0):
        s = cooper(p0)
        print(
            f"cooper2015 P_0 {p0}: neutrophil peak %.6g at %.5g d, " % peak(s, 2, 0.1, 3)
            + "macrophage peak %.6g at %.5g d" % peak(s, 3, 1, 10)
            + ", debris "
            + " ".join(f"{s(t)[1]:.5g} ({t} d)" for t in (1, 3, 7))
        )


def adler(pulse):
    b, k = 1440.0, 6e8

    def rates(_, u, left):
        f, m, c, p = u
        inflow = 140 * b if left < pulse else 0.0
        hc, hp = c / (k + c), p / (k + p)
        return [
            f * (0.9 * hp * (1 - f / 1e6) - 0.3),
            m * (0.8 * hc - 0.3) + inflow,
            470 * b * f - 940 * b * m * hc - 2 * c,
            70 * b * m + 240 * b * f - 510 * b * f * hp - 2 * p,
        ]

    return ode(rates, [1, 1, 0, 0], 200, [pulse])


def print_adler():
    for pulse in (2.0, 3.0, 4.0):
        s = adler(pulse)
        print(
            f"adler2020 pulse {pulse} d: "
            + "; ".join(
                f"day {t}: myofibroblasts {s(t)[0]:.6g} macrophages {s(t)[1]:.6g}"
                for t in (10, 20, 200)
            )
        )


def dura(leak):
    h, da, dc, kcc, r, pr = 0.5, 0.0128, 0.00386, 1.2, 0.447, 0.0154
    prc, prh, krc, dr = 1.48 * pr, 0.109 * pr, 1.31, 0.00369
    pp, ppc, kpc, dp, dprc = 9.34e-4, 1.41e-3, 1.08, 2.02e-3, 2.87e-4
    pph = 4.96 * pp
    krr = 1 / (1 - dr / (pr + prc / (krc + 1) + prh * h))
    pcr = dc * (kcc + 1) / (1 + h * r)
    kpr = (pp + ppc / (kpc + 1) + pph * h) / (dp + dprc) - 1

    def rates(_, u, __):
        a, c, rho, phi = u
        return [
            -(da + leak) * a,
            0.208 * a + pcr * (c + r * h) * rho / (kcc + c) - dc * c - leak * (c - 1),
            (pr + prc * c / (krc + c) + prh * h) * (1 - rho / krr) * rho - dr * rho,
            (pp + ppc * c / (kpc + c) + pph * h) * rho / (kpr + phi) - (dp + c * rho * dprc) * phi,
        ]

    return ode(rates, [1, 1e-4, 1e-4, 0.01], 4000), (krr, pcr, kpr)


def print_dura():
    for leak in (0.0, 0.0093):
        s, derived = dura(leak)
        print(
            f"dura leak {leak} /h: derived "
            + " ".join(f"{v:.6g}" for v in derived)
            + "; cytokine peak %.6g at %.6g h; " % peak(s, 1, 20, 300)
            + " ".join(
                f"({t} h) fibroblast {s(t)[2]:.6g} collagen {s(t)[3]:.6g}" for t in (336, 672, 2160)
            )
        )


def lines(rates, start, times, atol, bandwidth):
    """Method of lines on interleaved unknowns: the state [cell, species] at each time."""
    s = solve_ivp(
        lambda t, y: rates(y.reshape(start.shape)).ravel(),
        (0, max(times)),
        start.ravel(),
        method="LSODA",
        lband=bandwidth,
        uband=bandwidth,
        t_eval=times,
        rtol=1e-8,
        atol=np.tile(atol, len(start)),
    )
    return [s.y[:, i].reshape(start.shape) for i in range(len(times))]


def egberts(n, times, d_m=0.06, length=10.0):
    """cm, day, g; central fluxes, chemotaxis with the mean of both sides."""
    nb, rb, w, edge = 1e4, 0.1125, 3.6, 0.1
    q = math.log(0.02 / (0.924 * (1 - 1e-6 * nb))) / math.log(nb)
    kr, dx = 6e-6 * rb * rb, length / n
    x = (np.arange(n) + 0.5) * dx
    wound = 0.5 * (1 - np.sin(0.5 * np.pi * np.clip((x - w) / edge, -1, 1)))
    start = np.stack([nb + (2e3 - nb) * wound, 0 * x, 1e-8 * wound, rb + (0.01125 - rb) * wound], 1)

    def rates(u):
        f, m, c, rho = np.maximum(u.T, 0.0)
        cells = f + m
        flux = np.zeros((n + 1, 4))

        def mean(v):
            return 0.5 * (v[1:] + v[:-1])

        gc = np.diff(c) / dx
        for k, v in ((0, f), (1, m)):
            flux[1:-1, k] = -1e-7 * mean(cells) * np.diff(v) / dx + 2e-3 * mean(v) * gc
        flux[1:-1, 2] = -2.88e-3 * gc
        g = (f + 0.5 * m) * rho / (1 + 2e8 * c)
        h1, h4 = c / (1e-8 + c), c / (1e-9 + c)
        room = 1 - 1e-6 * cells
        out = np.stack(
            [
                0.924 * (1 + 2 * h1) * room * f ** (1 + q) - 5.4e6 * c * f - 0.02 * f,
                0.924 * 3 * h1 * room * m ** (1 + q) + 5.4e6 * c * f - d_m * m,
                4e-13 * h1 * (f + 2 * m) - 5e-4 * g * c,
                kr * (1 + 10 * h4) * (f + 2 * m) - 6e-6 * g * rho,
            ],
            1,
        )
        return out - np.diff(flux, axis=0) / dx

    return lines(rates, start, times, [1e-4, 1e-4, 1e-17, 1e-9], 8)


def print_egberts():
    times = [1, 10, 20, 40, 80, 100, 200]
    for n in (200, 400, 800):
        for t, u in zip(times, egberts(n, times)):
            edge = u[n * 3 // 10 : n * 4 // 10].mean(axis=0)
            print(
                f"egberts1d dx {10 / n:g} cm, day {t}: "
                + " ".join(f"{v:.6g}" for v in u[0])
                + "; mean of 3 to 4 cm: "
                + " ".join(f"{v:.6g}" for v in edge)
            )


def sohutskay(n, times, harmonic, length=37.5):
    """mm, h, g; face diffusivities by harmonic or arithmetic means."""
    cm, p, he = 1e-4, 0.017, 1 / (1 + math.exp(5))
    dr, dp, kphi = p * (1 - 0.1), 9.7e-4, 1000 * 2e-6 / 9.7e-4 - 1
    dx = length / n
    x, faces = (np.arange(n) + 0.5) * dx, np.arange(1, n) * dx
    volume = x * dx
    outside = (x > 7.5).astype(float)
    start = np.stack([1000 * outside, cm * (1 - outside), 0.01 + 0.99 * outside], 1)

    def rates(u):
        rho, c, phi = u.T
        d = 1.155 * 0.0833 * (1 - 0.9 * phi)
        face = 2 * d[1:] * d[:-1] / (d[1:] + d[:-1]) if harmonic else 0.5 * (d[1:] + d[:-1])
        flux = np.zeros((n + 1, 3))
        flux[1:-1, 0] = -face * np.diff(rho) / dx * faces
        flux[1:-1, 1] = -0.01208 * np.diff(c) / dx * faces
        out = np.stack(
            [
                p * (1 + 0.5 * c / (0.1 * cm + c) + 0.5 * he) * (1 - rho / 1e4) * rho - dr * rho,
                (9e-13 * c + 9e-12 * he) * rho / (1 + c) - 1e-3 * c,
                2e-6 * (1 + c / (1e-4 + c) + he) * rho / (kphi + phi)
                - (dp + c * rho * 0.5 * dp / (1000 * cm)) * phi,
            ],
            1,
        )
        return out - np.diff(flux, axis=0) / volume[:, None]

    return lines(rates, start, times, [1e-6, 1e-13, 1e-9], 6)


def print_sohutskay():
    times = [72, 168, 240, 312]
    for n in (150, 300, 600, 1200):
        for harmonic in (True, False):
            values = " ".join(f"{u[0, 0]:.5g}/{u[0, 2]:.4g}" for u in sohutskay(n, times, harmonic))
            print(
                f"sohutskay2021 dx {37.5 / n:g} mm, {'harmonic' if harmonic else 'arithmetic'} "
                f"means, hours {times}: {values}"
            )


def sherratt(n, times, k=0.24, length=10.0):
    """mm, day; fixed values at the margin."""
    h, cm, lam, alpha = 10.0, 40.0, 30.0, 0.1
    beta = (1 + cm * cm - 2 * h * cm) / (1 - cm) ** 2
    d = np.array([5e-4, 0.45]) * 100.0 * k
    dx = length / n
    x, faces = (np.arange(n) + 0.5) * dx, np.arange(1, n + 1) * dx
    volume = x * dx

    def rates(u):
        cells, c = u.T
        flux = np.zeros((n + 1, 2))
        flux[1:-1] = -d * np.diff(u, axis=0) / dx * faces[:-1, None]
        flux[-1] = -d * (1 - u[-1]) / (0.5 * dx) * faces[-1]
        division = 2 * cm * (h - beta) * c / (cm * cm + c * c) + beta
        made = lam * cells * (1 + alpha**2) / (cells**2 + alpha**2)
        out = np.stack([k * division * cells * (2 - cells) - k * cells, k * (made - lam * c)], 1)
        return out - np.diff(flux, axis=0) / volume[:, None]

    return lines(rates, np.zeros((n, 2)), times, [1e-10, 1e-10], 4)


def print_sherratt():
    grid = np.linspace(1, 100, 9901)
    for n in (100, 200, 400):
        centre = [u[0, 0] for u in sherratt(n, list(grid))]

        def curve(t, centre=centre):
            return np.interp(t, grid, centre) - 0.8

        values = " ".join(f"{np.interp(t, grid, centre):.5g} ({t} d)" for t in (80, 84, 88))
        print(
            f"sherratt_murray1990 dx {10 / n:g} mm: centre {values}; "
            f"healed on day {brentq(curve, 1, 100):.5g}"
        )


MODELS = {
    "waugh": print_waugh,
    "cooper": print_cooper,
    "adler": print_adler,
    "dura": print_dura,
    "egberts": print_egberts,
    "sohutskay": print_sohutskay,
    "sherratt": print_sherratt,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or MODELS:
        MODELS[name]()
