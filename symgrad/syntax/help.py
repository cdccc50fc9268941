"""The whole syntax on one screen of eighty columns. Every input on the page is read in a test."""

_PAGE = """\
How to write a formula               all functions: symgrad help functions
  numbers     3   0.25   1e-3   decimals stay exact (3,5 with --decimal-comma)
  names       x   theta   θ   x1   x_1   x₁   w_ij   yhat   x_max
              e and pi (π) are constants; i is asked for
  arithmetic  2x   3xy   2π r   (x+1)(x-1)   x^2   x**2   x²   x^(1/3)   x^-1
              5!   30°   |x-1|   ||x|-1|   ⌊x⌋   ⌈x⌉   √x   √(x+1)   ∛x
  functions   sin(x)   sin x   sin 2x   sin^2 x   sin²x   tan^-1 x   exp x
              max(x, 0)   abs(x)   sigmoid(x)   relu(x)   floor(x)   cbrt(x)
              atan2(y, x)   x mod 2   binomial(n, 2)
  logarithms  ln x   log x   log_2 x   log(x, 2)   lg x
              plain log is natural (--log), lg has base 10
  cases       {x^2 if x > 0; 0 otherwise}   Piecewise((x, x > 0), (0, True))
  sums        sum(k^2, k=1..n)   ∑_{k=1}^n k^2   product(k, k=1..n)
              sum((x[i+1] - x[i]^2)^2, i=1..n-1)
  calculus    f'(x)   d/dx (x^2)   d^2/dx^2 (x^3)   dy/dx   diff(x^2, x)
              integral(x^2, x)   integral(x^2, x, 0, 1)   ∫_0^1 x^2 dx
              limit(sin(x)/x, x, 0)
  equations   x^2 + y^2 = 25   y' = 2xy
  matrices    norm(X w - y) where X: matrix(n, d), w: vector(d), y: vector(n)
              w^T x where w: vector(3), x: vector(3)   tr(X)   det(X)
  LaTeX       --syntax latex reads
              \\frac12 x   \\sqrt[3]{x}   \\sin^2 x   \\left|x\\right|   e^{-x}
              \\frac{d}{dx} x^2   \\sum_{k=1}^n x_k   \\int_0^1 x\\,dx
              \\operatorname{sech} x   \\lim_{x \\to 0} x
              \\begin{cases} x & x>0 \\\\ 0 & x<0 \\end{cases}

Where a text has two readings, symgrad takes this one and tells the other:
  1/2x         (1/2)*x         a fraction of two numbers is a coefficient
  a/b c        a/(b*c)         a product without a sign binds tighter than /
  2^3^2        2^(3^2)
  e^2x         (e^2)*x
  sin x^2      sin(x^2)
  sin x cos x  sin(x)*cos(x)
  sin xy       sin(x*y)        letters and numbers up to the next sign
  sin x/2      sin(x)/2
  tan^-1 x     arctan(x)
  xy           x*y             short words only: declare longer names
  f(x)         a function, as are g h F G H φ ψ; and y(x) for u v w x y z r s

Not read: = as assignment, %, //, quotes, 1,000, 2 3, sin+1, foo(x), names with
dots. Nothing that is typed is ever run as a program.
"""


def help_page() -> str:
    """The page that `symgrad help syntax` prints.

    >>> print(help_page().splitlines()[0][:22])
    How to write a formula
    """
    return _PAGE
