"""The chart `helm/todo`: rendered by Helm itself, and checked where neither Helm nor an API server looks."""
