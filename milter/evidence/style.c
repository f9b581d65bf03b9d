/* SPDX-License-Identifier: BSD-2-Clause */
/* How the summary looks, on a screen and on paper. Colours never say anything alone. */
#include "evidence/page.h"

#include <stddef.h>

const char *const summary_style[] = {
	":root{--ink:#1b2330;--soft:#5a6575;--line:#d8dde4;--pale:#f4f6f8;--good:#17653a;--goodbg:#e5f3ea;"
	"--bad:#a11a1a;--badbg:#fbe9e8;--wait:#7a4b00;--waitbg:#fdf1dc;--in:#23527c;--out:#3d3a8c}\n",
	"*{box-sizing:border-box}\n",
	"html{color-scheme:light}\n",
	"body{margin:0 auto;max-width:62rem;padding:2rem 1.5rem 4rem;background:#fff;color:var(--ink);"
	"font:16px/1.5 system-ui,\"Segoe UI\",Roboto,\"Noto Sans\",\"DejaVu Sans\",\"Noto Sans CJK SC\","
	"\"Microsoft YaHei\",\"PingFang SC\",sans-serif}\n",
	"h1{font-size:1.9rem;line-height:1.2;margin:.1rem 0 .6rem;overflow-wrap:anywhere}\n",
	"h2{font-size:1.25rem;margin:2.4rem 0 .6rem;padding-bottom:.25rem;border-bottom:2px solid var(--ink)}\n",
	"p{margin:.4rem 0}\n",
	".kicker{color:var(--soft);font-size:.85rem;letter-spacing:.06em;text-transform:uppercase;margin:0}\n",
	".small,time small{color:var(--soft);font-size:.82rem}\n",
	"time{white-space:nowrap;font-variant-numeric:tabular-nums}\n",
	"time small{display:block}\n",
	"code,.id{font:0.82em/1.4 ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace;overflow-wrap:anywhere}\n",
	"a{color:var(--in)}\n",
	"dl.meta{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem;margin:.8rem 0}\n",
	"dl.meta dt{color:var(--soft)}\n",
	"dl.meta dd{margin:0;overflow-wrap:anywhere}\n",
	".verdict{border:1px solid;border-left-width:.5rem;border-radius:.3rem;padding:.7rem 1rem;margin:1rem 0;"
	"font-size:1.15rem;font-weight:600}\n",
	".good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}\n",
	".verdict.good{background:var(--goodbg)}.verdict.bad{background:var(--badbg)}"
	".verdict.wait{background:var(--waitbg)}\n",
	".numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.6rem;padding:0;margin:1rem 0;"
	"list-style:none}\n",
	".numbers li{border:1px solid var(--line);border-radius:.3rem;padding:.5rem .8rem;"
	"color:var(--soft);font-size:.85rem}\n",
	".numbers b{display:block;color:var(--ink);font-size:1.25rem;white-space:nowrap;font-variant-numeric:tabular-nums}\n",
	"table{border-collapse:collapse;width:100%;margin:.6rem 0;font-size:.9rem}\n",
	"caption{text-align:left;color:var(--soft);padding:.2rem 0 .4rem}\n",
	"th,td{text-align:left;vertical-align:top;padding:.4rem .7rem .4rem 0;border-bottom:1px solid var(--line);"
	"overflow-wrap:break-word}\n",
	"td[dir]{overflow-wrap:anywhere}\n",
	"th[scope=col]{color:var(--soft);font-weight:600;border-bottom:1px solid var(--ink);white-space:nowrap}\n",
	"td.n{white-space:nowrap;font-variant-numeric:tabular-nums}\n",
	"svg{display:block;width:9rem;height:.7rem;margin:.3rem 0}\n",
	".scroll{overflow-x:auto}\n",
	".pill{display:inline-block;border:1px solid;border-radius:.25rem;padding:0 .45rem;font-size:.82rem;font-weight:600;"
	"white-space:nowrap}\n",
	".pill.good{background:var(--goodbg)}.pill.bad{background:var(--badbg)}.pill.wait{background:var(--waitbg)}\n",
	"ol.story{list-style:none;margin:1rem 0 1rem .5rem;padding:0 0 0 1.1rem;border-left:2px solid var(--line)}\n",
	"ol.story>li{position:relative;margin:0 0 1rem}\n",
	"ol.story>li::before{content:\"\";position:absolute;left:-1.5rem;top:.5rem;width:.7rem;height:.7rem;"
	"border-radius:50%;background:#fff;border:2px solid var(--soft)}\n",
	"li.message{border:1px solid var(--line);border-radius:.4rem;padding:.7rem 1rem}\n",
	"li.in{border-left:.35rem solid var(--in)}li.out{border-left:.35rem solid var(--out)}"
	"ol.story>li.out{margin-left:2.5rem}\n",
	"li.event{padding:.05rem 1rem}\n",
	".row{display:flex;gap:.2rem 1rem;align-items:baseline}.row>:first-child{flex:1;min-width:0}\n",
	".row strong{font-size:1rem}\n",
	".who{color:var(--soft);font-size:.9rem;overflow-wrap:anywhere}\n",
	".subject{font-weight:600;margin:.5rem 0 .2rem;overflow-wrap:anywhere}\n",
	".said{white-space:pre-wrap;overflow-wrap:anywhere;margin:.2rem 0 .5rem;max-width:46rem}\n",
	".found{border-left:.2rem solid var(--wait);padding:.1rem .7rem;margin:.5rem 0;font-size:.9rem;"
	"overflow-wrap:anywhere}\n",
	"footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:.8rem}\n",
	"@media (max-width:40rem){body{padding:1rem}.row{display:block}"
	"dl.meta{grid-template-columns:1fr}dl.meta dd{margin-bottom:.3rem}"
	"ol.story>li.out{margin-left:.6rem}}\n",
	"@page{margin:17mm 15mm 18mm;@bottom-right{content:counter(page) \" / \" counter(pages);font:9pt sans-serif;"
	"color:#5a6575}}\n",
	"@media print{html{font-size:10pt}body{max-width:none;padding:0;font-size:10pt}"
	"*{-webkit-print-color-adjust:exact;print-color-adjust:exact}"
	"h1{font-size:17pt}h2{font-size:12.5pt;break-after:avoid;margin-top:1.4rem}caption{break-after:avoid}"
	"thead{display:table-header-group}tr,.verdict,.numbers,dl.meta,.found,li.event{break-inside:avoid}"
	".row,.who,.subject{break-after:avoid}.said{orphans:3;widows:3}section.sheet{break-before:page}"
	"a{color:inherit;text-decoration:none}.scroll{overflow:visible}}\n",
	NULL
};
