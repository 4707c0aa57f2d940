#!/bin/sh
# Makes the fonts in static/fonts from Debian's packages fonts-inter and fonts-jetbrains-mono, with the subsetter of
# python3-fonttools (woff2 needs python3-brotli): Western European letters and the signs of the page. Both fonts are
# under the OFL, whose text lies beside them. Run it only when a sign is missing; the output is committed.
set -eu
cd "$(dirname "$0")/.."
signs='U+0020-007E,U+00A0-00FF,U+0131,U+0152-0153,U+2010-2015,U+2018-201E,U+2022,U+2026,U+2032,U+2039-203A,U+20AC'
signs="$signs,U+2190-2195,U+2212,U+2248,U+2260,U+2264-2265,U+2318,U+25A0,U+25B2,U+25B6,U+25BC-25BD,U+25C0,U+25C6-25C7"
signs="$signs,U+25CB,U+25CF,U+2713,U+2715,U+2717"
subset() {
  /usr/bin/python3 -m fontTools.subset "$1" --unicodes="$signs" --layout-features="$3" \
    --flavor=woff2 --no-recalc-timestamp --output-file="static/fonts/$2.woff2"
}
inter=/usr/share/fonts/opentype/inter
mono=/usr/share/fonts/truetype/jetbrains-mono
subset "$inter/Inter-Regular.otf" inter-400 kern,calt,case,locl,tnum,zero
subset "$inter/Inter-SemiBold.otf" inter-600 kern,calt,case,locl,tnum,zero
subset "$inter/Inter-Bold.otf" inter-700 kern,calt,case,locl,tnum,zero
subset "$mono/JetBrainsMono-Regular.ttf" jetbrains-mono-400 ccmp,mark
subset "$mono/JetBrainsMono-Bold.ttf" jetbrains-mono-700 ccmp,mark
